import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../support/find-free-port.ts';
import { ADAPTER_METADATA, type ScannerAdapter, startScannerAdapter } from '../../support/scanner-adapter.ts';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { HarborCaller } from './harbor-caller.ts';

const NOWHERE = '00000000-0000-4000-8000-000000000000';

describe.each(ENGINES)("Harbor's scanners on %s", (engine) => {
  let registry: OpenRegistry;
  let adapter: ScannerAdapter;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  let count = 0;
  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_EGRESS_ALLOW: '127.0.0.0/8' } });
    adapter = await startScannerAdapter();
    harbor = await HarborCaller.open();
    carol = await registry.createUser('carol');
  });
  afterAll(async () => {
    await adapter?.[Symbol.asyncDispose]();
    await registry?.close();
  });

  /** Each with an address of its own, of which the adapter knows only the one without more. */
  const wanted = (name: string, more: object = {}) => {
    count += 1;
    return { name, url: `${adapter.url}/${count}`, ...more };
  };
  const create = async (name: string, more: object = {}): Promise<string> => {
    const made = await harbor.call(registry.admin, 'createScanner', { body: wanted(name, more) });
    expect([made.status, made.text]).toEqual([201, '']);
    return made.headers.location?.split('/').at(-1) ?? '';
  };
  const read = async (registration_id: string) =>
    (await harbor.call(registry.admin, 'getScanner', { params: { registration_id } })).json;
  const statusOf = async (id: string, options: object, client = registry.admin) =>
    (await harbor.call(client, id, options)).status;
  const remove = (registration_id: string) => statusOf('deleteScanner', { params: { registration_id } });

  it('are made, read, changed and deleted, and never show their credential', async () => {
    const { admin } = registry;
    const credential = 'scanner-secret-token';
    const body = { name: 'Trivy', url: adapter.url, auth: 'Bearer', access_credential: credential };
    const made = await harbor.call(admin, 'createScanner', { body });
    expect(made.status).toBe(201);
    const registration_id = made.headers.location?.split('/').at(-1) ?? '';
    const params = { registration_id };
    const shown = await read(registration_id);
    expect(shown).toMatchObject({
      uuid: registration_id,
      name: 'Trivy',
      description: '',
      url: adapter.url,
      auth: 'Bearer',
      disabled: false,
      is_default: true,
      skip_certVerify: false,
      use_internal_addr: false,
      adapter: 'Trivy',
      vendor: 'Aqua Security',
      version: '0.58.1',
      health: 'healthy',
      capabilities: { support_vulnerability: true, support_sbom: true },
    });
    expect(adapter.heard['authorization']).toBe(`Bearer ${credential}`);
    expect(JSON.stringify(shown)).not.toContain(credential);
    const change = { ...body, access_credential: undefined, description: 'of the platform team' };
    expect(await statusOf('updateScanner', { params, body: change })).toBe(200);
    expect(await read(registration_id)).toMatchObject({ description: 'of the platform team', health: 'healthy' });
    expect(adapter.heard['authorization']).toBe(`Bearer ${credential}`);
    const gone = await harbor.call(admin, 'deleteScanner', { params });
    expect([gone.status, gone.json]).toEqual([200, expect.objectContaining({ uuid: registration_id, name: 'Trivy' })]);
    for (const operation of ['getScanner', 'deleteScanner', 'getScannerMetadata']) {
      expect(await statusOf(operation, { params })).toBe(404);
    }
    expect(await statusOf('updateScanner', { params, body: wanted('gone') })).toBe(404);
    expect(await statusOf('setScannerAsDefault', { params, body: { is_default: true } })).toBe(404);
  });

  it.each([
    ['Basic', 'user:password', `Basic ${Buffer.from('user:password').toString('base64')}`, 'authorization'],
    ['Bearer', 'token', 'Bearer token', 'authorization'],
    ['X-ScannerAdapter-API-Key', 'key', 'key', 'x-scanneradapter-api-key'],
    ['', '', undefined, 'authorization'],
  ])('are signed in to by %s', async (auth, access_credential, value, header) => {
    const body = { name: 'tried', url: adapter.url, auth, access_credential };
    expect(await statusOf('pingScanner', { body })).toBe(200);
    expect(adapter.heard[header]).toBe(value);
  });

  it.each<[string, object]>([
    ['no name', { name: '' }],
    ['a name of spaces', { name: '   ' }],
    ['a long name', { name: 'n'.repeat(129) }],
    ['a name with a line break', { name: 'a\nb' }],
    ['a long description', { description: 'd'.repeat(1_025) }],
    ['an unknown auth', { auth: 'Digest', access_credential: 'a' }],
    ['auth without a credential', { auth: 'Bearer' }],
    ['Basic without a colon', { auth: 'Basic', access_credential: 'token' }],
    ['a token that no header carries', { auth: 'Bearer', access_credential: 'a b\r\nx: y' }],
    ['a long token', { auth: 'Bearer', access_credential: 'a'.repeat(4_097) }],
    ['another scheme', { url: 'ftp://127.0.0.1/' }],
    ['credentials in the address', { url: 'http://a:b@127.0.0.1/' }],
    ['a query in the address', { url: 'http://127.0.0.1/?a=b' }],
    ['a fragment in the address', { url: 'http://127.0.0.1/#a' }],
  ])('are refused with %s', async (_what, more) => {
    const body = wanted('refused', more);
    expect(await statusOf('createScanner', { body })).toBe(400);
    const params = { registration_id: await create(`change ${count}`) };
    expect(await statusOf('updateScanner', { params, body })).toBe(400);
    expect(await remove(params.registration_id)).toBe(200);
  });

  it.each<[string, object]>([
    ['no name', { name: undefined }],
    ['no address', { url: undefined }],
    ['a number for a name', { name: 1 }],
    ['what is no address', { url: 'nothing' }],
    ['a text for a flag', { disabled: 'perhaps' }],
  ])('are refused as no such body with %s', async (_what, more) => {
    expect(await statusOf('createScanner', { body: wanted('refused', more) })).toBe(422);
  });

  it('have names and addresses of their own', async () => {
    const first = wanted('one of a name');
    const params = { registration_id: await create('to be changed') };
    const made = await harbor.call(registry.admin, 'createScanner', { body: first });
    expect(made.status).toBe(201);
    for (const body of [wanted('one of a name'), { ...first, name: 'another name' }]) {
      expect(await statusOf('createScanner', { body })).toBe(409);
      expect(await statusOf('updateScanner', { params, body })).toBe(409);
    }
    expect(await statusOf('updateScanner', { params, body: wanted('a free name') })).toBe(200);
    await remove(params.registration_id);
    await remove(made.headers.location?.split('/').at(-1) ?? '');
  });

  it('are tried, and it is said what is wrong', async () => {
    const body = { name: 'tried', url: adapter.url };
    const { answer } = adapter;
    const ping = async (more: object = {}) => {
      const { status, json } = await harbor.call(registry.admin, 'pingScanner', { body: { ...body, ...more } });
      return status === 200 ? 200 : `${status} ${json.errors[0].message}`;
    };
    expect(await ping()).toBe(200);
    expect(await ping({ url: `${adapter.url}/` })).toBe(200);
    expect(await ping({ url: `${adapter.url}/elsewhere` })).toMatch(/^400 .*status 404/);
    expect(await ping({ url: `http://127.0.0.1:${await findFreePort()}` })).toMatch(/^400 the scanner is unhealthy/);
    expect(await ping({ url: 'http://169.254.169.254' })).toMatch(/^400 the scanner is unhealthy/);
    expect(await ping({ auth: 'Bearer' })).toMatch(/^400 auth Bearer needs/);
    const { scanner, capabilities } = ADAPTER_METADATA;
    for (const [given, reason] of [
      [{ status: 401, body: '' }, 'does not take the credential'],
      [{ status: 500, body: '' }, 'status 500'],
      [{ status: 200, body: 'hello' }, 'no JSON'],
      [{ status: 200, body: '[]' }, 'no object'],
      [{ status: 200, body: JSON.stringify({ capabilities }) }, 'scanner is no object'],
      [{ status: 200, body: JSON.stringify({ scanner: { ...scanner, vendor: '' }, capabilities }) }, 'scanner.vendor'],
      [{ status: 200, body: JSON.stringify({ scanner, capabilities: [] }) }, 'capabilities is no list'],
      [
        {
          status: 200,
          body: JSON.stringify({ scanner, capabilities: [{ ...capabilities[0], produces_mime_types: ['a/b'] }] }),
        },
        'produces_mime_types',
      ],
      [{ status: 200, body: ' '.repeat(70_000) }, ''],
    ] as const) {
      adapter.answer = given;
      expect(await ping()).toMatch(new RegExp(`^400 the scanner is unhealthy: .*${reason}`));
    }
    adapter.answer = answer;
    expect(await statusOf('pingScanner', { body: { name: 'no address' } })).toBe(422);
    expect(await statusOf('pingScanner', { body: { ...body, url: 'nothing' } })).toBe(422);
  });

  it('keep their credential for the address that it was given for', async () => {
    const settings = wanted('kept', { auth: 'Bearer', access_credential: 'secret' });
    const params = { registration_id: await create('kept', settings) };
    const before = { ...settings, access_credential: undefined };
    for (const more of [
      { url: 'http://localhost:1' },
      { skip_certVerify: true },
      { auth: 'X-ScannerAdapter-API-Key' },
    ]) {
      const { status, json } = await harbor.call(registry.admin, 'updateScanner', {
        params,
        body: { ...before, ...more },
      });
      expect([status, json.errors[0].message]).toEqual([400, expect.stringContaining('give it again')]);
    }
    expect(await statusOf('updateScanner', { params, body: { ...before, auth: '' } })).toBe(200);
    // It is forgotten with the way to sign in.
    expect(await statusOf('updateScanner', { params, body: before })).toBe(400);
    await remove(params.registration_id);
  });

  it('have one default, which is the first that is enabled until another one is', async () => {
    const disabled = await create('disabled', { disabled: true });
    const first = await create('first');
    const second = await create('second');
    const defaults = async () => {
      const { json } = await harbor.call(registry.admin, 'listScanners', { query: { q: 'is_default=true' } });
      return json.map(({ uuid }: { uuid: string }) => uuid);
    };
    expect(await defaults()).toEqual([first]);
    const set = (registration_id: string, body: object = { is_default: true }, client = registry.admin) =>
      statusOf('setScannerAsDefault', { params: { registration_id }, body }, client);
    expect(await set(second)).toBe(200);
    expect(await set(second)).toBe(200);
    expect(await defaults()).toEqual([second]);
    expect(await set(first, { is_default: false })).toBe(200);
    expect(await set(first, {})).toBe(200);
    expect(await set(disabled)).toBe(412);
    expect(await set(NOWHERE)).toBe(404);
    expect(await set(first, { is_default: 'perhaps' })).toBe(422);
    expect(await set(first, undefined, carol)).toBe(403);
    expect(await set(first, undefined, registry.anonymous)).toBe(401);
    expect(await defaults()).toEqual([second]);
    expect(await remove(second)).toBe(200);
    expect(await defaults()).toEqual([]);
    for (const uuid of [disabled, first]) await remove(uuid);
  });

  it('tell what their adapter says', async () => {
    const made = await harbor.call(registry.admin, 'createScanner', { body: { name: 'told', url: adapter.url } });
    const params = { registration_id: made.headers.location?.split('/').at(-1) ?? '' };
    const { answer } = adapter;
    const { status, json } = await harbor.call(registry.admin, 'getScannerMetadata', { params });
    expect([status, json]).toEqual([200, ADAPTER_METADATA]);
    adapter.answer = { status: 503, body: '' };
    expect(await statusOf('getScannerMetadata', { params })).toBe(412);
    expect(await read(params.registration_id)).toMatchObject({ health: 'unhealthy' });
    adapter.answer = answer;
    expect(await statusOf('getScannerMetadata', { params })).toBe(200);
    expect(await read(params.registration_id)).toMatchObject({ health: 'healthy' });
    expect(await statusOf('getScannerMetadata', { params: { registration_id: NOWHERE } })).toBe(404);
    await remove(params.registration_id);
  });

  it('are listed in pages, found and sorted by what is shown', async () => {
    const uuids: string[] = [];
    for (const name of ['list-b', 'list-a', 'list-c']) uuids.push(await create(name, { disabled: name === 'list-c' }));
    const list = async (query: object) => {
      const { status, json, headers } = await harbor.call(registry.admin, 'listScanners', { query: { ...query } });
      expect(status).toBe(200);
      const names = json.map(({ name }: { name: string }) => name);
      return { names, total: headers['x-total-count'], link: headers['link'] };
    };
    expect((await list({ q: 'name=~list-', sort: 'name' })).names).toEqual(['list-a', 'list-b', 'list-c']);
    expect((await list({ q: 'name=~list-', sort: '-name' })).names).toEqual(['list-c', 'list-b', 'list-a']);
    expect((await list({ q: 'name=list-a' })).names).toEqual(['list-a']);
    expect((await list({ q: 'name=~list-,disabled=true' })).names).toEqual(['list-c']);
    expect((await list({ q: 'name={list-a list-b}', sort: 'name' })).names).toEqual(['list-a', 'list-b']);
    expect((await list({ q: 'name=~list-,access_credential=a', sort: 'name' })).names).toHaveLength(3);
    const page = await list({ q: 'name=~list-', sort: 'name', page: 2, page_size: 2 });
    expect(page).toMatchObject({ names: ['list-c'], total: '3', link: expect.stringContaining('rel="prev"') });
    expect(await statusOf('listScanners', { query: { q: 'name' } })).toBe(400);
    expect(await statusOf('listScanners', { query: { sort: 'access_credential' } })).toBe(400);
    for (const uuid of uuids) await remove(uuid);
  });

  it('are for administrators', async () => {
    const params = { registration_id: NOWHERE };
    for (const [client, status] of [
      [carol, 403],
      [registry.anonymous, 401],
    ] as const) {
      const body = wanted('denied');
      expect(await statusOf('listScanners', {}, client)).toBe(status);
      for (const operation of ['createScanner', 'pingScanner']) {
        expect(await statusOf(operation, { body }, client)).toBe(status);
      }
      for (const operation of ['getScanner', 'deleteScanner', 'getScannerMetadata']) {
        expect(await statusOf(operation, { params }, client)).toBe(status);
      }
      expect(await statusOf('updateScanner', { params, body }, client)).toBe(status);
    }
  });

  it('outlive a restart with their credential', async () => {
    const settings = { name: 'kept', url: adapter.url, auth: 'Bearer', access_credential: 'of-before' };
    const made = await harbor.call(registry.admin, 'createScanner', { body: settings });
    const uuid = made.headers.location?.split('/').at(-1) ?? '';
    await registry.restart();
    expect(await read(uuid)).toMatchObject({ name: 'kept', health: 'healthy', is_default: true });
    expect(adapter.heard['authorization']).toBe('Bearer of-before');
    await remove(uuid);
  });
});
