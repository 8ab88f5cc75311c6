import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { sampleImage } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

const inTeam = { project_name_or_id: 'team' };

function rule(tags: string, repositories = '**', decorations = ['matches', 'repoMatches']) {
  const [decoration, repoDecoration] = decorations;
  return {
    action: 'immutable',
    template: 'immutable_template',
    tag_selectors: [{ kind: 'doublestar', decoration, pattern: tags }],
    scope_selectors: { repository: [{ kind: 'doublestar', decoration: repoDecoration, pattern: repositories }] },
  };
}

describe.each(ENGINES)("Harbor's immutability rules on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    await registry.admin.createProject('team');
    await registry.admin.createProject('other');
    carol = await registry.createUser('carol');
  });
  afterAll(() => registry.close());

  const create = async (body: object) => {
    const made = await harbor.call(registry.admin, 'CreateImmuRule', { params: inTeam, body });
    expect(made.status).toBe(201);
    return Number(made.headers.location?.split('/').at(-1));
  };
  const remove = (id: number) =>
    harbor.call(registry.admin, 'DeleteImmuRule', { params: { ...inTeam, immutable_rule_id: id } });

  it('are made, listed, filtered, sorted, changed and deleted', async () => {
    const first = await create({ ...rule('v*'), priority: 3 });
    const second = await create({ ...rule('w*'), disabled: true });
    const list = (query: Record<string, string | number> = {}) =>
      harbor.call(registry.admin, 'ListImmuRules', { params: inTeam, query });
    expect((await list()).json.map(({ id }: { id: number }) => id)).toEqual([second, first]);
    expect((await list({ sort: 'id' })).json[0]).toMatchObject({
      ...rule('v*'),
      id: first,
      priority: 3,
      disabled: false,
    });
    expect((await list({ sort: '-priority' })).json[0].id).toBe(first);
    expect((await list({ q: 'disabled=true' })).json.map(({ id }: { id: number }) => id)).toEqual([second]);
    expect((await list({ q: 'unknown=x' })).json).toHaveLength(2);
    const page = await list({ page: 2, page_size: 1 });
    expect(page.json[0].id).toBe(first);
    expect(page.headers['x-total-count']).toBe('2');
    expect((await list({ q: 'disabled' })).status).toBe(400);
    expect((await list({ sort: 'nothing' })).status).toBe(400);
    const twin = await harbor
      .call(registry.admin, 'CreateImmuRule', { params: inTeam, body: rule('v*') })
      .catch(String);
    expect(twin).toContain('409');
    const params = { ...inTeam, immutable_rule_id: first };
    expect((await harbor.call(registry.admin, 'UpdateImmuRule', { params, body: rule('x*') })).status).toBe(200);
    expect((await list({ sort: 'id' })).json[0].tag_selectors[0].pattern).toBe('x*');
    for (const disabled of [true, false]) {
      expect((await harbor.call(registry.admin, 'UpdateImmuRule', { params, body: { disabled } })).status).toBe(200);
      expect((await list({ sort: 'id' })).json[0]).toMatchObject({ disabled, tag_selectors: [{ pattern: 'x*' }] });
    }
    const foreign = { project_name_or_id: 'other', immutable_rule_id: first };
    expect((await harbor.call(registry.admin, 'UpdateImmuRule', { params: foreign, body: rule('y') })).status).toBe(
      404,
    );
    expect((await harbor.call(registry.admin, 'DeleteImmuRule', { params: foreign })).status).toBe(404);
    expect((await remove(first)).status).toBe(200);
    expect((await remove(first)).status).toBe(404);
    expect((await remove(second)).status).toBe(200);
  });

  it.each([
    ['nothing', {}],
    ['another kind', { ...rule('v*'), tag_selectors: [{ kind: 'regexp', decoration: 'matches', pattern: 'v' }] }],
    ['the decoration of repositories on tags', rule('v*', '**', ['repoMatches', 'repoMatches'])],
    ['no pattern', rule('')],
    ['a brace that is open', rule('{a')],
    ['another scope', { ...rule('v*'), scope_selectors: { namespace: [] } }],
    ['another action', { ...rule('v*'), action: 'retain' }],
    ['a priority below 0', { ...rule('v*'), priority: -1 }],
  ])('are refused with %s', async (_, body) => {
    expect((await harbor.call(registry.admin, 'CreateImmuRule', { params: inTeam, body })).status).toBe(400);
  });

  it('are 15 at most', async () => {
    const ids: number[] = [];
    for (let count = 0; count < 15; count += 1) ids.push(await create(rule(`tag-${count}`)));
    const { status } = await harbor.call(registry.admin, 'CreateImmuRule', { params: inTeam, body: rule('more') });
    expect(status).toBe(400);
    for (const id of ids) await remove(id);
  });

  it('are for those who may keep them', async () => {
    const body = rule('v*');
    expect((await harbor.call(carol, 'ListImmuRules', { params: inTeam })).status).toBe(403);
    expect((await harbor.call(carol, 'CreateImmuRule', { params: inTeam, body })).status).toBe(403);
    expect((await harbor.call(registry.anonymous, 'CreateImmuRule', { params: inTeam, body })).status).toBe(401);
  });

  it('keep tags that stand, by every way, and let new ones and signatures in', async () => {
    const { admin } = registry;
    const [one, two, three] = [sampleImage(), sampleImage(), sampleImage()];
    await admin.pushImage('team/app/api', 'v1', one);
    await admin.pushImage('team/free', 'v1', one);
    const id = await create(rule('v*', 'app/**'));
    for (const blob of two.blobs) await admin.pushBlob('team/app/api', blob);
    const moved = await admin.putManifest('team/app/api', 'v1', two);
    expect(moved.status).toBe(412);
    expect(moved.text).toContain("'team/app/api:v1' configured as immutable");
    expect((await admin.delete('/v2/team/app/api/manifests/v1')).status).toBe(412);
    expect((await admin.delete(`/v2/team/app/api/manifests/${one.digest}`)).status).toBe(412);
    expect((await admin.head('/v2/team/app/api/manifests/v1')).headers['docker-content-digest']).toBe(one.digest);
    // The same again, what is new, and what the rule does not select.
    expect((await admin.putManifest('team/app/api', 'v1', one)).status).toBe(201);
    expect((await admin.putManifest('team/app/api', 'v2', two)).status).toBe(201);
    expect((await admin.putManifest('team/app/api', 'latest', two)).status).toBe(201);
    await admin.pushImage('team/free', 'v1', three);
    // With two tags at once, none moves.
    await admin.pushImage('team/app/api', 'latest', three);
    const both = await admin.putManifest('team/app/api', 'other?tag=v1', three);
    expect(both.status).toBe(412);
    expect((await admin.head('/v2/team/app/api/manifests/other')).status).toBe(404);
    await remove(id);
    const all = await create(rule('**'));
    const signature = `${one.digest.replace(':', '-')}.sig`;
    await admin.pushImage('team/app/api', signature, sampleImage());
    await admin.pushImage('team/app/api', signature, sampleImage());
    const params = { ...inTeam, immutable_rule_id: all };
    await harbor.call(admin, 'UpdateImmuRule', { params, body: { ...rule('**'), disabled: true } });
    expect((await admin.putManifest('team/app/api', 'v1', two)).status).toBe(201);
    await remove(all);
  });

  it('that exclude keep all but those', async () => {
    const { admin } = registry;
    await admin.pushImage('team/most', 'latest', sampleImage());
    await admin.pushImage('team/most', 'v1', sampleImage());
    const id = await create(rule('latest', 'app/**', ['excludes', 'repoExcludes']));
    const image = sampleImage();
    await admin.pushImage('team/most', 'latest', image);
    expect((await admin.putManifest('team/most', 'v1', image)).status).toBe(412);
    await remove(id);
  });

  it('let one of two pushes of a new tag win', async () => {
    const { admin } = registry;
    const id = await create(rule('race-*'));
    const images = Array.from({ length: 6 }, () => sampleImage());
    for (const image of images) for (const blob of image.blobs) await admin.pushBlob('team/race', blob);
    const answers = await Promise.all(images.map((image) => admin.putManifest('team/race', 'race-1', image)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 412, 412, 412, 412, 412]);
    await remove(id);
  });
});
