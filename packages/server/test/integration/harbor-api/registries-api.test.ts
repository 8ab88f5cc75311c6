import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSelfSignedCertificate } from '../../support/create-self-signed-certificate.ts';
import { findFreePort } from '../../support/find-free-port.ts';
import { ENGINES } from '../support/engines.ts';
import { ADMIN, type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { HarborCaller } from './harbor-caller.ts';

const HOUR_MS = 3_600_000;

describe.each(ENGINES)("Harbor's registries on %s", (engine) => {
  let registry: OpenRegistry;
  /** Another registry, with TLS and credentials. */
  let other: OpenRegistry;
  let otherUrl: string;
  let certPem: string;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  beforeAll(async () => {
    const period = { notBefore: new Date(Date.now() - HOUR_MS), notAfter: new Date(Date.now() + HOUR_MS) };
    const made = createSelfSignedCertificate({ name: 'localhost', ...period });
    certPem = made.certPem;
    const files = { cert: path.join(tmpdir(), `${engine}-cert.pem`), key: path.join(tmpdir(), `${engine}-key.pem`) };
    await writeFile(files.cert, made.certPem);
    await writeFile(files.key, made.keyPem);
    registry = await openRegistry({ engine, env: { ROADSTEAD_EGRESS_ALLOW: '127.0.0.0/8,::1/128,localhost' } });
    other = await openRegistry({ env: { ROADSTEAD_TLS_CERT: files.cert, ROADSTEAD_TLS_KEY: files.key } });
    otherUrl = `https://localhost:${new URL(other.url).port}`;
    harbor = await HarborCaller.open();
    carol = await registry.createUser('carol');
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await other.close();
    await registry.close();
  });

  const credential = { type: 'basic', access_key: ADMIN.username, access_secret: ADMIN.password };
  const wanted = (name: string, more: object = {}) => ({
    name,
    type: 'docker-registry',
    url: otherUrl,
    ca_certificate: certPem,
    credential,
    ...more,
  });
  const create = async (name: string, more: object = {}): Promise<number> => {
    const made = await harbor.call(registry.admin, 'createRegistry', { body: wanted(name, more) });
    expect(made.text).toBe('');
    expect(made.status).toBe(201);
    return Number(made.headers.location?.split('/').at(-1));
  };

  it('are made, read, changed and deleted, and never show their secret', async () => {
    const { admin } = registry;
    const id = await create('other', { description: 'another one' });
    const params = { id };
    const { json } = await harbor.call(admin, 'getRegistry', { params });
    expect(json).toMatchObject({
      id,
      name: 'other',
      type: 'docker-registry',
      url: otherUrl,
      description: 'another one',
      status: 'healthy',
      insecure: false,
      credential: { type: 'basic', access_key: 'admin', access_secret: '*****' },
    });
    expect(JSON.stringify(json)).not.toContain(ADMIN.password);
    expect((await harbor.call(admin, 'createRegistry', { body: wanted('other') })).status).toBe(409);
    const body = { name: 'renamed', access_secret: '*****' };
    expect((await harbor.call(admin, 'updateRegistry', { params, body })).status).toBe(200);
    const changed = await harbor.call(admin, 'getRegistry', { params });
    expect(changed.json).toMatchObject({ name: 'renamed', description: 'another one', status: 'healthy' });
    expect((await harbor.call(admin, 'deleteRegistry', { params })).status).toBe(200);
    for (const gone of ['getRegistry', 'deleteRegistry', 'getRegistryInfo']) {
      expect((await harbor.call(admin, gone, { params })).status).toBe(404);
    }
    expect((await harbor.call(admin, 'updateRegistry', { params, body: {} })).status).toBe(404);
  });

  it('go unhealthy when they stop to answer, and are not made so', async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`;
    const answer = await harbor.call(registry.admin, 'createRegistry', { body: wanted('closed', { url }) });
    expect([answer.status, answer.json.errors[0].message]).toEqual([400, expect.stringContaining('unhealthy')]);
  });

  it.each([
    ['no name', { name: '' }],
    ['a long name', { name: 'n'.repeat(65) }],
    ['an unknown type', { type: 'helm-hub' }],
    ['a type that needs signed requests', { type: 'aws-ecr' }],
    ['no address', { url: '' }],
    ['another scheme', { url: 'ftp://localhost' }],
    ['credentials in the address', { url: 'https://a:b@localhost' }],
    ['another kind of credentials', { credential: { type: 'secret', access_key: 'a', access_secret: 'b' } }],
    ['a wrong password', { credential: { type: 'basic', access_key: 'admin', access_secret: 'wrong' } }],
    ['no certificate', { ca_certificate: 'none' }],
    ['a certificate of nobody known', { ca_certificate: '' }],
    ['an address inside', { url: 'http://169.254.169.254' }],
  ])('are refused with %s', async (_what, more) => {
    const answer = await harbor.call(registry.admin, 'createRegistry', { body: wanted('refused', more) });
    expect(answer.status).toBe(400);
    const list = await harbor.call(registry.admin, 'listRegistries', { query: { q: 'name=refused' } });
    expect(list.json).toEqual([]);
  });

  it('are tried before they are made, and as they are with some changes', async () => {
    const { admin } = registry;
    const ping = async (body: object) => (await harbor.call(admin, 'pingRegistry', { body })).status;
    const { credential: _, ...settings } = wanted('');
    const full = { ...settings, name: undefined, access_key: ADMIN.username, access_secret: ADMIN.password };
    const { name: __, ...body } = full;
    expect(await ping(body)).toBe(200);
    expect(await ping({ ...body, ca_certificate: '', insecure: true })).toBe(200);
    expect(await ping({ ...body, ca_certificate: '' })).toBe(400);
    expect(await ping({ ...body, access_secret: 'wrong' })).toBe(400);
    expect(await ping({})).toBe(400);
    const id = await create('tried');
    expect(await ping({ id })).toBe(200);
    expect(await ping({ id, access_secret: 'wrong' })).toBe(400);
    expect(await ping({ id: 999_999 })).toBe(404);
    // Whether the other one has this operation decides whether it is taken for a Harbor.
    const known = await registry.anonymous.send('/api/v2.0/ping', { method: 'GET' });
    expect(await ping({ id, type: 'harbor', access_secret: ADMIN.password })).toBe(known.status === 200 ? 200 : 400);
  });

  it('keep their secret for the address that it was given for', async () => {
    const { admin } = registry;
    const params = { id: await create('kept') };
    const url = `https://127.0.0.1:${new URL(other.url).port}`;
    for (const body of [{ url }, { url: otherUrl, insecure: true }, { ca_certificate: '' }]) {
      const answer = await harbor.call(admin, 'updateRegistry', { params, body });
      expect([answer.status, answer.json.errors[0].message]).toEqual([400, expect.stringContaining('give it again')]);
      const ping = await harbor.call(admin, 'pingRegistry', { body: { ...params, ...body } });
      expect(ping.status).toBe(400);
    }
    const again = { insecure: true, access_secret: ADMIN.password };
    expect((await harbor.call(admin, 'updateRegistry', { params, body: again })).status).toBe(200);
    const none = { access_key: '', access_secret: '' };
    expect((await harbor.call(admin, 'updateRegistry', { params, body: none })).status).toBe(400);
  });

  it('are listed by pages, filtered and sorted', async () => {
    const { admin } = registry;
    for (const name of ['list-b', 'list-a', 'list-c']) await create(name);
    const list = async (query: Readonly<Record<string, string | number>>) => {
      const { status, json, headers } = await harbor.call(admin, 'listRegistries', { query });
      return { status, names: status === 200 ? json.map((each: { name: string }) => each.name) : [], headers };
    };
    const sorted = await list({ q: 'name=~LIST-', sort: 'name' });
    expect([sorted.names, sorted.headers['x-total-count']]).toEqual([['list-a', 'list-b', 'list-c'], '3']);
    expect((await list({ name: 'list-', sort: '-name', page_size: 2 })).names).toEqual(['list-c', 'list-b']);
    const second = await list({ name: 'list-', sort: '-name', page_size: 2, page: 2 });
    expect([second.names, second.headers.link]).toEqual([['list-a'], expect.stringContaining('rel="prev"')]);
    expect((await list({ q: 'name={list-a list-c},type=docker-registry', sort: 'id' })).names).toEqual([
      'list-a',
      'list-c',
    ]);
    expect((await list({ q: 'name=list-a,access_secret=none,nothing=1' })).names).toEqual(['list-a']);
    expect((await list({ q: 'creation_time=[2100-01-01T00:00:00~]' })).names).toEqual([]);
    expect((await list({ q: 'name=list-a,insecure=false,id=[1~]' })).names).toEqual(['list-a']);
    // Harbor documents no 400 here, and answers it.
    for (const query of ['q=name', 'q=id%3Dx', 'q=insecure%3Dmaybe', 'sort=credential', 'q=name%3D%5Ba']) {
      expect([query, (await admin.get(`/api/v2.0/registries?${query}`)).status]).toEqual([query, 400]);
    }
    expect((await list({ page_size: 101 })).status).toBe(422);
  });

  it('have kinds, of which this registry is one', async () => {
    const { admin } = registry;
    const { json: kinds } = await harbor.call(admin, 'listRegistryProviderTypes');
    expect(kinds).toEqual(expect.arrayContaining(['harbor', 'docker-hub', 'docker-registry', 'quay', 'github-ghcr']));
    const { json: infos } = await harbor.call(admin, 'listRegistryProviderInfos');
    expect(infos['docker-hub'].endpoint_pattern.endpoint_type).toBe('EndpointPatternTypeFix');
    expect(infos['google-gcr'].credential_pattern.access_key_data).toBe('_json_key');
    const own = await harbor.call(admin, 'getRegistryInfo', { params: { id: 0 } });
    expect(own.json).toMatchObject({ type: 'harbor', supported_triggers: ['manual', 'scheduled', 'event_based'] });
    const id = await create('informed');
    const remote = await harbor.call(admin, 'getRegistryInfo', { params: { id } });
    expect(remote.json).toMatchObject({ type: 'docker-registry', supported_triggers: ['manual', 'scheduled'] });
  });

  it('are for administrators', async () => {
    const calls: readonly (readonly [string, object])[] = [
      ['listRegistries', {}],
      ['createRegistry', { body: wanted('mine') }],
      ['pingRegistry', { body: {} }],
      ['getRegistry', { params: { id: 1 } }],
      ['updateRegistry', { params: { id: 1 }, body: {} }],
      ['deleteRegistry', { params: { id: 1 } }],
      ['getRegistryInfo', { params: { id: 0 } }],
      ['listRegistryProviderTypes', {}],
      ['listRegistryProviderInfos', {}],
    ];
    for (const [id, call] of calls) {
      expect([id, (await harbor.call(carol, id, call)).status]).toEqual([id, 403]);
      expect([id, (await harbor.call(registry.anonymous, id, call)).status]).toEqual([id, 401]);
    }
  });
});
