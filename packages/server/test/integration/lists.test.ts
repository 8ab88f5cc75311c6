import { parseNextLink } from '@roadstead/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { type Answer, errorCode, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';
import { sampleIndex } from './support/sample-content.ts';

const TAGS = 75;

describe.each(ENGINES)('lists on %s', (engine) => {
  let registry: OpenRegistry;
  const tags = [...Array.from({ length: TAGS - 4 }, (_, index) => `v${index}`), ...['A', 'Z', '_under', 'a.b-c']];
  const repositories = ['team/a', 'team/b', 'team/z', 'team/a-b', 'team/a/b', 'team/a_b', 'team/a.b'];

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
    await registry.admin.createProject('open', true);
    const manifest = sampleIndex([]);
    const query = tags.map((tag) => `tag=${tag}`).join('&');
    expect((await registry.admin.putManifest('team/tagged', `${manifest.digest}?${query}`, manifest)).status).toBe(201);
    for (const repository of [...repositories, 'open/shown']) {
      expect((await registry.admin.putManifest(repository, 'latest', manifest)).status).toBe(201);
    }
  });
  afterAll(() => registry?.close());

  const byCodePoint = (names: readonly string[]) =>
    names.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));

  async function walk(start: string, member: 'tags' | 'repositories', client: RegistryClient = registry.admin) {
    const found: string[] = [];
    let pages = 0;
    for (let path: string | undefined = start; path !== undefined; pages += 1) {
      const answer: Answer = await client.get(path);
      expect(answer.status).toBe(200);
      found.push(...(readJson<Record<string, string[]>>(answer)[member] ?? []));
      path = parseNextLink(answer.headers.link as string | undefined);
    }
    return { found, pages };
  }

  it('of tags come whole, in code point order, when nobody asks for pages', async () => {
    const answer = await registry.admin.get('/v2/team/tagged/tags/list');
    expect(readJson(answer)).toEqual({ name: 'team/tagged', tags: byCodePoint(tags) });
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(answer.headers.link).toBeUndefined();
    const head = await registry.admin.head('/v2/team/tagged/tags/list');
    expect([head.status, head.headers['content-length']]).toEqual([200, answer.headers['content-length']]);
  });

  it('of tags come in 25 pages of three by their links, each tag once', async () => {
    const { found, pages } = await walk('/v2/team/tagged/tags/list?n=3', 'tags');
    expect(found).toEqual(byCodePoint(tags));
    expect(pages).toBe(25);
  });

  it('of tags begin behind `last`, whether that is a tag or not', async () => {
    const after = async (last: string) =>
      readJson<{ tags: string[] }>(await registry.admin.get(`/v2/team/tagged/tags/list?last=${last}`)).tags;
    const ordered = byCodePoint(tags);
    expect(await after('v10')).toEqual(ordered.slice(ordered.indexOf('v10') + 1));
    expect(await after('v100')).toEqual(ordered.slice(ordered.indexOf('v10') + 1));
    expect(await after('zzz')).toEqual([]);
    expect(await after('')).toEqual(ordered);
  });

  it('of no entries are asked for with n=0, and anything but a number is a 400', async () => {
    const none = await registry.admin.get('/v2/team/tagged/tags/list?n=0');
    expect(readJson(none)).toEqual({ name: 'team/tagged', tags: [] });
    expect(none.headers.link).toBeUndefined();
    for (const size of ['x', '-1', '1.5', '']) {
      const answer = await registry.admin.get(`/v2/team/tagged/tags/list?n=${size}`);
      expect([answer.status, errorCode(answer)], size).toEqual([400, 'PAGINATION_NUMBER_INVALID']);
    }
  });

  it('of tags of a repository that is not there are a 404, of one without tags empty', async () => {
    const missing = await registry.admin.get('/v2/team/never/tags/list');
    expect([missing.status, errorCode(missing)]).toEqual([404, 'NAME_UNKNOWN']);
    const manifest = sampleIndex([]);
    await registry.admin.putManifest('team/untagged', manifest.digest, manifest);
    expect(readJson(await registry.admin.get('/v2/team/untagged/tags/list'))).toEqual({
      name: 'team/untagged',
      tags: [],
    });
    expect((await registry.admin.delete(`/v2/team/untagged/manifests/${manifest.digest}`)).status).toBe(202);
  });

  it('of repositories show those that hold something, in code point order, in pages', async () => {
    await registry.admin.pushBlob('team/only-a-blob', Buffer.from('blob'));
    const expected = byCodePoint([...repositories, 'open/shown', 'team/tagged']);
    const whole = await walk('/v2/_catalog', 'repositories');
    expect(whole).toEqual({ found: expected, pages: 1 });
    const paged = await walk('/v2/_catalog?n=2', 'repositories');
    expect(paged).toEqual({ found: expected, pages: Math.ceil(expected.length / 2) });
    const behind = await walk('/v2/_catalog?n=100&last=team/a-b', 'repositories');
    expect(behind.found).toEqual(expected.slice(expected.indexOf('team/a-b') + 1));
  });

  it('of repositories show others than administrators what is public only', async () => {
    const user = await registry.createUser('reader');
    expect((await walk('/v2/_catalog', 'repositories', user)).found).toEqual(['open/shown']);
    const token = await user.fetchToken('scope=registry:catalog:*');
    const bearer = registry.anonymous.with({ authorization: `Bearer ${token}` });
    expect((await walk('/v2/_catalog', 'repositories', bearer)).found).toEqual(['open/shown']);
  });

  it('of repositories are for those who are signed in', async () => {
    const answer = await registry.anonymous.get('/v2/_catalog');
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('scope="registry:catalog:*"');
  });
});
