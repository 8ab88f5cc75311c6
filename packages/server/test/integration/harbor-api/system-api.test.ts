import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningOidcProvider, startOidcProvider } from '../../support/start-oidc-provider.ts';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { sampleImage } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

describe.each(ENGINES)('what the registry says of itself on %s', (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let provider: RunningOidcProvider;
  let carol: RegistryClient;
  let lead: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32' } });
    harbor = await HarborCaller.open();
    provider = await startOidcProvider([`${registry.url}/c/oidc/callback`]);
    carol = await registry.createUser('carol');
    lead = await registry.createUser('lead');
    await registry.admin.createProject('team');
    const body = { role_id: 1, member_user: { username: 'lead' } };
    await harbor.call(registry.admin, 'createProjectMember', { params: { project_name_or_id: 'team' }, body });
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await provider?.close();
    await registry?.close();
  });

  const configure = (body: object, client = registry.admin) => harbor.call(client, 'updateConfigurations', { body });
  const keyOf = async (key: string) => (await harbor.call(registry.admin, 'getConfigurations')).json[key];

  it('answers Pong to everybody', async () => {
    for (const client of [registry.anonymous, carol]) {
      expect((await harbor.call(client, 'getPing')).text).toBe('Pong');
    }
  });

  it('tells of its parts', async () => {
    const { json } = await harbor.call(registry.anonymous, 'getHealth');
    const components = ['core', 'database', 'registry'].map((name) => ({ name, status: 'healthy' }));
    expect(json).toEqual({ status: 'healthy', components });
  });

  it('tells anybody how to sign in, and more to who is', async () => {
    const open = { auth_mode: 'db_auth', primary_auth_mode: false, self_registration: false, banner_message: '' };
    expect((await harbor.call(registry.anonymous, 'getSystemInfo')).json).toEqual(open);
    const { json } = await harbor.call(carol, 'getSystemInfo');
    expect(json).toMatchObject({
      ...open,
      harbor_version: expect.stringMatching(/^v2\.15\.0-roadstead-\d+\.\d+\.\d+/),
      external_url: registry.url,
      registry_url: new URL(registry.url).host,
      project_creation_restriction: 'everyone',
      ...{ has_ca_root: false, read_only: false, notification_enable: true },
      registry_storage_provider_name: 'filesystem',
    });
    expect(Math.abs(Date.parse(json.current_time) - Date.now())).toBeLessThan(60_000);
  });

  it('measures its storage for administrators', async () => {
    const { json } = await harbor.call(registry.admin, 'getVolumes');
    const [{ total, free }] = json.storage;
    expect([total > 0, free > 0, free <= total]).toEqual([true, true, true]);
    expect((await harbor.call(carol, 'getVolumes')).status).toBe(403);
    expect((await harbor.call(registry.anonymous, 'getVolumes')).status).toBe(401);
  });

  it('has no certificate to download without an authority of its own', async () => {
    expect((await harbor.call(registry.anonymous, 'getCert')).status).toBe(404);
  });

  it('lists what robots can be given: of projects alone to who makes robots in one', async () => {
    const all = (await harbor.call(registry.admin, 'getPermissions')).json;
    expect([all.system.length > 30, all.project.length > 50]).toEqual([true, true]);
    expect((await harbor.call(lead, 'getPermissions')).json).toEqual({ system: [], project: all.project });
    expect((await harbor.call(carol, 'getPermissions')).status).toBe(403);
    expect((await harbor.call(registry.anonymous, 'getPermissions')).status).toBe(401);
  });

  it.each([
    ['a provider', () => ({ url: provider.issuer, verify_cert: true }), 200],
    ['nobody', () => ({ url: `${registry.url}/nobody` }), 400],
    ['the network of the server', () => ({ url: 'https://10.0.0.1/' }), 400],
    ['no address', () => ({ url: 'ftp://x' }), 400],
    ['a certificate that nobody looks at', () => ({ url: provider.issuer, verify_cert: false }), 400],
    ['a number', () => ({ url: 7 }), 422],
  ] as const)('asks %s whether it is a provider', async (_what, body, status) => {
    expect((await harbor.call(registry.admin, 'pingOIDC', { body: body() })).status).toBe(status);
    expect((await harbor.call(carol, 'pingOIDC', { body: body() })).status).toBe(status === 422 ? 422 : 403);
  });

  it('keeps what is internal to itself', async () => {
    expect((await harbor.call(registry.admin, 'getInternalconfig')).status).toBe(403);
    expect((await harbor.call(registry.anonymous, 'getInternalconfig')).status).toBe(401);
  });

  it('shows a banner, and takes no other one', async () => {
    const banner = JSON.stringify({ message: 'Down on Sunday', type: 'warning', closable: true });
    expect((await configure({ banner_message: banner })).status).toBe(200);
    expect((await harbor.call(registry.anonymous, 'getSystemInfo')).json.banner_message).toBe(banner);
    expect(await keyOf('banner_message')).toEqual({ value: banner, editable: true });
    for (const wrong of [
      'Down on Sunday',
      '[]',
      '{}',
      '{"message":""}',
      '{"message":"x","type":"loud"}',
      '{"message":"x","closable":"yes"}',
      '{"message":"x","fromDate":"tomorrow"}',
      '{"message":"x","script":"y"}',
      JSON.stringify({ message: 'x'.repeat(5_000) }),
    ]) {
      expect((await configure({ banner_message: wrong })).status, wrong.slice(0, 40)).toBe(400);
    }
    expect((await configure({ banner_message: '' })).status).toBe(200);
    expect((await harbor.call(registry.anonymous, 'getSystemInfo')).json.banner_message).toBe('');
  });

  it('notes pulls as far as it is told to', async () => {
    expect(await keyOf('pull_time_update_disable')).toEqual({ value: false, editable: true });
    expect((await configure({ pull_time_update_disable: true, pull_count_update_disable: true })).status).toBe(200);
    expect(await keyOf('pull_count_update_disable')).toEqual({ value: true, editable: true });
    expect((await configure({ pull_time_update_disable: false, pull_count_update_disable: false })).status).toBe(200);
  });

  it('changes nothing in read-only mode, in which pulls and sign-ins go on', async () => {
    const image = sampleImage();
    await registry.admin.pushImage('team/app', 'v1', image);
    expect((await configure({ read_only: true })).status).toBe(200);
    try {
      expect((await harbor.call(carol, 'getSystemInfo')).json.read_only).toBe(true);
      const refused = await registry.admin.send('/v2/team/app/blobs/uploads/', { method: 'POST' });
      expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('read only mode')]);
      const deleted = await registry.admin.send(`/v2/team/app/manifests/${image.digest}`, { method: 'DELETE' });
      expect(deleted.status).toBe(403);
      const made = await harbor.call(registry.admin, 'createProject', { body: { project_name: 'late' } });
      expect([made.status, made.json.errors[0].code]).toEqual([403, 'DENIED']);
      expect((await registry.admin.send('/v2/team/app/manifests/v1', { method: 'GET' })).status).toBe(200);
      expect((await harbor.call(carol, 'getCurrentUserInfo')).status).toBe(200);
      expect((await configure({ read_only: false }, carol)).status).toBe(403);
    } finally {
      expect((await configure({ read_only: false })).status).toBe(200);
    }
    const made = await harbor.call(registry.admin, 'createProject', { body: { project_name: 'late' } });
    expect(made.status).toBe(201);
  });

  it.each([
    [{ read_only: 'yes' }, 422],
    [{ notification_enable: 1 }, 422],
    // Harbor's contract does not have the key.
    [{ pull_time_update_disable: 'no' }, 400],
    [{ no_such_key: true }, 400],
  ])('takes no %o', async (body, status) => {
    expect((await configure(body)).status).toBe(status);
  });
});
