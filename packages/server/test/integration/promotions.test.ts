import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, COSIGN_SIGN, cosignSignature, image } from './support/artifact-shapes.ts';
import { ENGINES } from './support/engines.ts';
import { giveRole } from './support/give-role.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';
import { describeManifest, sampleIndex } from './support/sample-content.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const HARBOR = '/api/v2.0';

interface Asked {
  readonly from: string;
  readonly to: string;
  readonly tags?: readonly string[];
  readonly withLabels?: boolean;
  readonly dryRun?: boolean;
}

describe.each(ENGINES)('promotions on %s', (engine) => {
  let registry: OpenRegistry;
  let admin: RegistryClient;
  let serial = 0;
  const ids = new Map<string, number>();

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    admin = registry.admin;
    for (const name of ['dev', 'prod', 'secret']) {
      await admin.createProject(name);
      ids.set(name, JSON.parse((await admin.get(`${HARBOR}/projects/${name}`)).text).project_id);
    }
  });
  afterAll(() => registry.close());

  const promote = async (asked: Asked | object, client = admin) => {
    const answer = await client.post('/api/roadstead/v1/promotions', JSON.stringify(asked), JSON_TYPE);
    return { ...answer, json: JSON.parse(answer.text) };
  };
  const standsAt = async (repository: string, tag: string) =>
    (await admin.head(`/v2/${repository}/manifests/${tag}`)).headers['docker-content-digest'];
  const statusOf = async (repository: string, reference: string) =>
    (await admin.head(`/v2/${repository}/manifests/${reference}`)).status;
  /** The numbers of entries about a project; those of sign-ins, which are written a second later, are not among them. */
  const entriesAbout = async (project: string) => {
    const log = await admin.get(`/api/roadstead/v1/audit/entries?project=${project}&limit=100`);
    const entries: { id: number }[] = JSON.parse(log.text).items;
    expect(entries.length).toBeGreaterThan(0);
    return entries.map(({ id }) => id);
  };
  const fresh = (name: string) => {
    serial += 1;
    return `${name}-${serial}`;
  };
  /** A pushed image. @returns the names of where it is and where it shall go */
  const pushOne = async (tag = 'v1') => {
    const name = fresh('app');
    const pushed = image();
    await admin.pushImage(`dev/${name}`, tag, pushed);
    return { pushed, source: `dev/${name}`, target: `prod/${name}` };
  };
  const send = async (method: string, path: string, body: unknown) => {
    const answer = await admin.send(path, { method, headers: JSON_TYPE, body: JSON.stringify(body) });
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer;
  };

  /** An index of an image and of what a builder attests of it, signed in both forms. */
  const pushTree = async (repository: string) => {
    const built = image();
    const attested = image();
    const entry = {
      ...describeManifest(attested),
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': built.digest },
    };
    const index = sampleIndex([describeManifest(built), entry]);
    for (const each of [built, attested]) await admin.pushImage(repository, each.digest, each);
    await admin.pushImage(repository, 'v1', index);
    await admin.putManifest(repository, 'private-tag', index);
    const signature = bundle(describeManifest(index), COSIGN_SIGN);
    await admin.pushImage(repository, signature.digest, signature);
    const legacy = cosignSignature();
    const legacyTag = `${index.digest.replace(':', '-')}.sig`;
    await admin.pushImage(repository, legacyTag, legacy);
    return { built, attested, index, signature, legacy, legacyTag };
  };

  it('take an index with attestations and signatures in both forms, without a byte of a blob, and once', async () => {
    const { built, attested, index, signature, legacy, legacyTag } = await pushTree('dev/tree');
    const blobs = await registry.store.count('blobs');
    const asked = { from: 'dev/tree:v1', to: 'prod/tree', tags: ['1.0', 'stable'] };
    const dry = await promote({ ...asked, dryRun: true });
    expect(dry.json).toMatchObject({ digest: index.digest, isDryRun: true, isChanged: true });
    expect(dry.json.manifests).toHaveLength(5);
    expect(await statusOf('prod/tree', index.digest)).toBe(404);
    const { status, json } = await promote(asked);
    expect(status).toBe(200);
    expect({ ...json, isDryRun: true }).toEqual(dry.json);
    expect(await registry.store.count('blobs')).toBe(blobs);
    for (const { digest } of [built, attested, index, signature, legacy]) {
      expect(await statusOf('prod/tree', digest)).toBe(200);
    }
    for (const tag of ['1.0', 'stable']) expect(await standsAt('prod/tree', tag)).toBe(index.digest);
    expect(await standsAt('prod/tree', legacyTag)).toBe(legacy.digest);
    // Tags that were not asked for stay where they are.
    for (const tag of ['v1', 'private-tag']) expect(await statusOf('prod/tree', tag)).toBe(404);
    const referrers = await admin.get(`/v2/prod/tree/referrers/${index.digest}`);
    expect(referrers.text).toContain(signature.digest);
    const entries = await entriesAbout('prod');
    const again = await promote(asked);
    expect(again.json).toMatchObject({ isChanged: false, tags: [{ before: index.digest }, { before: index.digest }] });
    expect(again.json.manifests.every(({ wasThere }: { wasThere: boolean }) => wasThere)).toBe(true);
    expect(await entriesAbout('prod')).toEqual(entries);
    const log = await admin.get('/api/roadstead/v1/audit/entries?kind=artifact.promoted');
    expect(
      JSON.parse(log.text).items.filter(({ resource }: { resource: string }) => resource === 'prod/tree'),
    ).toHaveLength(2);
    // What was signed since then comes with the next one.
    const late = bundle(describeManifest(index), COSIGN_SIGN);
    await admin.pushImage('dev/tree', late.digest, late);
    const more = await promote(asked);
    expect(more.json.isChanged).toBe(true);
    expect(await statusOf('prod/tree', late.digest)).toBe(200);
    expect((await promote({ ...asked, from: `dev/tree@${signature.digest}` })).status).toBe(403);
  });

  it('move the tag of signatures along the source’s own history, and never off the target’s own', async () => {
    const { index, legacyTag } = await pushTree('dev/signed');
    const asked = { from: `dev/signed@${index.digest}`, to: 'prod/signed' };
    await promote(asked);
    const second = cosignSignature();
    await admin.pushImage('dev/signed', legacyTag, second);
    expect((await promote(asked)).json).toMatchObject({ isChanged: true, keptTags: [] });
    expect(await standsAt('prod/signed', legacyTag)).toBe(second.digest);
    const own = cosignSignature();
    await admin.pushImage('prod/signed', legacyTag, own);
    expect((await promote(asked)).json.keptTags).toEqual([legacyTag]);
    expect(await standsAt('prod/signed', legacyTag)).toBe(own.digest);
  });

  it('set the tag that the source names, none for a digest, and move those that stand elsewhere', async () => {
    const { pushed, source, target } = await pushOne();
    expect((await promote({ from: `${source}@${pushed.digest}`, to: target })).json.tags).toEqual([]);
    expect(await statusOf(target, 'v1')).toBe(404);
    expect((await promote({ from: `${source}:v1`, to: target })).json.tags).toEqual([{ name: 'v1', before: null }]);
    const next = image();
    await admin.pushImage(source, 'v1', next);
    const moved = await promote({ from: `${source}:v1`, to: target, tags: ['v1', 'v1'] });
    expect(moved.json.tags).toEqual([{ name: 'v1', before: pushed.digest }]);
    expect(await standsAt(target, 'v1')).toBe(next.digest);
  });

  it('take labels: those of the registry, and the target’s own of the same names', async () => {
    const { source, target, pushed } = await pushOne();
    const [both, only, global] = [fresh('both'), fresh('only'), fresh('global')];
    for (const [project, name] of [
      ['dev', both],
      ['prod', both],
      ['dev', only],
      [undefined, global],
    ] as const) {
      const scope = project === undefined ? { scope: 'g' } : { scope: 'p', project_id: ids.get(project) };
      const made = await send('POST', `${HARBOR}/labels`, { name, ...scope });
      const id = Number(made.headers.location?.split('/').at(-1));
      if (project === 'prod') continue;
      const at = `${HARBOR}/projects/dev/repositories/${source.slice('dev/'.length)}/artifacts/v1/labels`;
      await send('POST', at, { id });
    }
    const asked = { from: `${source}:v1`, to: target, withLabels: true };
    const { json } = await promote(asked);
    expect(json.labels.added.toSorted()).toEqual([both, global].toSorted());
    expect(json.labels.leftOut).toEqual([only]);
    expect((await promote(asked)).json).toMatchObject({ isChanged: false, labels: { added: [] } });
    const at = `${HARBOR}/projects/prod/repositories/${target.slice('prod/'.length)}/artifacts/${pushed.digest}`;
    const shown = JSON.parse((await admin.get(`${at}?with_label=true`)).text).labels;
    expect(shown.map(({ scope, project_id }: Record<string, unknown>) => [scope, project_id])).toEqual(
      expect.arrayContaining([
        ['g', 0],
        ['p', ids.get('prod')],
      ]),
    );
  });

  it('a repository that goes to another project leaves the labels of its own behind', async () => {
    const { source } = await pushOne();
    const [own, global] = [fresh('own'), fresh('everywhere')];
    for (const [name, scope] of [
      [own, { scope: 'p', project_id: ids.get('dev') }],
      [global, { scope: 'g' }],
    ] as const) {
      const made = await send('POST', `${HARBOR}/labels`, { name, ...scope });
      const at = `${HARBOR}/projects/dev/repositories/${source.slice('dev/'.length)}/artifacts/v1/labels`;
      await send('POST', at, { id: Number(made.headers.location?.split('/').at(-1)) });
    }
    const moved = source.replace('dev/', 'moved-');
    await send('POST', '/api/roadstead/v1/repository-moves', { from: source, to: `prod/${moved}` });
    const shown = await admin.get(`${HARBOR}/projects/prod/repositories/${moved}/artifacts/v1?with_label=true`);
    expect(JSON.parse(shown.text).labels.map(({ name }: { name: string }) => name)).toEqual([global]);
  });

  it('labels that are added while their repository moves are not left with it in the other project', async () => {
    const labels: number[] = [];
    while (labels.length < 12) {
      const label = { name: fresh('raced'), scope: 'p', project_id: ids.get('dev') };
      const made = await send('POST', `${HARBOR}/labels`, label);
      labels.push(Number(made.headers.location?.split('/').at(-1)));
    }
    for (let round = 0; round < 6; round += 1) {
      const { source } = await pushOne();
      const moved = source.replace('dev/', 'raced-');
      const at = `${HARBOR}/projects/dev/repositories/${source.slice('dev/'.length)}/artifacts/v1/labels`;
      const adding = labels.map((id) => send('POST', at, { id }));
      const move = await send('POST', '/api/roadstead/v1/repository-moves', { from: source, to: `prod/${moved}` });
      expect(move.status).toBe(204);
      for (const { status } of await Promise.all(adding)) expect([200, 404]).toContain(status);
      const shown = await admin.get(`${HARBOR}/projects/prod/repositories/${moved}/artifacts/v1?with_label=true`);
      expect(JSON.parse(shown.text).labels ?? []).toEqual([]);
    }
  });

  it.each<[string, object, number]>([
    ['nothing', {}, 422],
    ['no target', { from: 'dev/a:v1' }, 422],
    ['a number for tags', { from: 'dev/a:v1', to: 'prod/a', tags: [1, { a: 1 }] }, 422],
    ['a text for a flag', { from: 'dev/a:v1', to: 'prod/a', dryRun: 'perhaps' }, 422],
    ['a source without a reference', { from: 'dev/a', to: 'prod/a' }, 400],
    ['a source that is a project', { from: 'dev:v1', to: 'prod/a' }, 400],
    ['a digest that is none', { from: 'dev/a@sha256:00', to: 'prod/a' }, 400],
    ['a target that is a project', { from: 'dev/a:v1', to: 'prod' }, 400],
    ['a target with a tag', { from: 'dev/a:v1', to: 'prod/a:v1' }, 400],
    ['a target with capitals', { from: 'dev/a:v1', to: 'prod/A' }, 400],
    ['the source for a target', { from: 'dev/a:v1', to: 'dev/a' }, 400],
    ['a tag that is none', { from: 'dev/a:v1', to: 'prod/a', tags: ['no tag'] }, 400],
    ['too many tags', { from: 'dev/a:v1', to: 'prod/a', tags: Array.from({ length: 101 }, (_, at) => `t${at}`) }, 400],
    ['an artifact that is missing', { from: 'dev/nothing:v1', to: 'prod/a' }, 404],
    ['a project that is missing', { from: 'dev/nothing:v1', to: 'ghost/a' }, 404],
  ])('are refused with %s', async (_, asked, status) => {
    expect((await promote(asked)).status).toBe(status);
  });

  it('are for who may pull there and push here, and tell nobody what there is', async () => {
    const { pushed, source, target } = await pushOne();
    const dev = await registry.createUser('dev-only');
    const prod = await registry.createUser('prod-only');
    const both = await registry.createUser('both');
    const guest = await registry.createUser('guest');
    await giveRole(registry.store, 'dev-only', 'dev', 'developer');
    await giveRole(registry.store, 'prod-only', 'prod', 'developer');
    for (const project of ['dev', 'prod']) await giveRole(registry.store, 'guest', project, 'guest');
    await giveRole(registry.store, 'both', 'dev', 'guest');
    await giveRole(registry.store, 'both', 'prod', 'developer');
    const asked = { from: `${source}:v1`, to: target };
    expect((await promote(asked, registry.anonymous)).status).toBe(401);
    for (const client of [dev, prod, guest]) {
      expect((await promote(asked, client)).status).toBe(403);
      expect((await promote({ ...asked, dryRun: true }, client)).status).toBe(403);
    }
    expect(await statusOf(target, pushed.digest)).toBe(404);
    // A project that is somebody else's and one that is missing; a repository of it that is there and one that is not.
    const answers = [];
    for (const from of [`${source}:v1`, 'dev/nothing:v1', 'ghost/app:v1', 'secret/app:v1']) {
      const { status, text } = await promote({ from, to: 'prod/x' }, prod);
      answers.push(`${status} ${text}`);
    }
    for (const to of ['prod/x', 'ghost/x', 'secret/x']) {
      const { status, text } = await promote({ from: `${source}:v1`, to }, dev);
      answers.push(`${status} ${text}`);
    }
    expect(new Set(answers).size).toBe(1);
    expect((await promote({ ...asked, withLabels: true }, both)).status).toBe(200);
    expect((await promote(asked, both)).json.isChanged).toBe(false);
  });

  it('leave nothing behind where the target’s quota is full', async () => {
    const { source } = await pushOne();
    await admin.createProject('tiny');
    const quotas = JSON.parse((await admin.get(`${HARBOR}/quotas?reference=project&page_size=100`)).text);
    const quota = quotas.find(({ ref }: { ref: { name: string } }) => ref.name === 'tiny');
    await send('PUT', `${HARBOR}/quotas/${quota.id}`, { hard: { storage: 10 } });
    const asked = { from: `${source}:v1`, to: 'tiny/app' };
    for (const dryRun of [true, false]) {
      const refused = await promote({ ...asked, dryRun });
      expect(refused.status).toBe(403);
      expect(refused.text).toContain('exceed the configured upper limit');
    }
    const { text } = await admin.get(`${HARBOR}/projects/tiny/repositories`);
    expect(JSON.parse(text)).toEqual([]);
    await send('PUT', `${HARBOR}/quotas/${quota.id}`, { hard: { storage: -1 } });
    expect((await promote(asked)).status).toBe(200);
  });

  it('move no tag that a rule of the target keeps', async () => {
    const { pushed, source, target } = await pushOne();
    const selector = (decoration: string, pattern: string) => ({ kind: 'doublestar', decoration, pattern });
    await send('POST', `${HARBOR}/projects/prod/immutabletagrules`, {
      tag_selectors: [selector('matches', 'kept')],
      scope_selectors: { repository: [selector('repoMatches', '**')] },
    });
    const asked = { from: `${source}:v1`, to: target, tags: ['kept', 'free'] };
    expect((await promote(asked)).status).toBe(200);
    expect((await promote(asked)).status).toBe(200);
    const next = image();
    await admin.pushImage(source, 'v1', next);
    expect((await promote(asked)).status).toBe(412);
    // All of it or nothing.
    expect(await standsAt(target, 'free')).toBe(pushed.digest);
    expect(await statusOf(target, next.digest)).toBe(404);
    expect((await promote({ ...asked, tags: ['free'] })).status).toBe(200);
  });

  it('wait until read-only mode is over', async () => {
    const { pushed, source, target } = await pushOne();
    const set = (read_only: boolean) => send('PUT', `${HARBOR}/configurations`, { read_only });
    await set(true);
    const asked = { from: `${source}:v1`, to: target };
    expect((await promote(asked)).status).toBe(403);
    expect(await statusOf(target, pushed.digest)).toBe(404);
    await set(false);
    expect((await promote(asked)).status).toBe(200);
  });

  it('take nothing that must not be pulled', async () => {
    const { source } = await pushOne();
    const asked = { from: `${source}:v1`, to: 'prod/untrusted' };
    const setTrust = (enable_content_trust_cosign: string) =>
      send('PUT', `${HARBOR}/projects/dev`, { metadata: { enable_content_trust_cosign } });
    const isRefused = async () => (await promote({ ...asked, dryRun: true })).status === 412;
    await setTrust('true');
    await expect.poll(isRefused, { timeout: 10_000 }).toBe(true);
    const refused = await promote(asked);
    await setTrust('false');
    await expect.poll(isRefused, { timeout: 10_000 }).toBe(false);
    expect(refused.status).toBe(412);
    expect(await statusOf('prod/untrusted', 'v1')).toBe(404);
  });

  it('are whole or not at all while the source is deleted, and one of many at once', async () => {
    for (let round = 0; round < 6; round += 1) {
      const name = fresh('raced');
      const { index, built, signature } = await pushTree(`dev/${name}`);
      const [promoted] = await Promise.all([
        promote({ from: `dev/${name}@${index.digest}`, to: `prod/${name}`, tags: ['v1'] }),
        admin.delete(`${HARBOR}/projects/dev/repositories/${name}/artifacts/${index.digest}`),
      ]);
      expect([200, 404]).toContain(promoted.status);
      const expected = promoted.status === 200 ? 200 : 404;
      for (const { digest } of [index, built]) expect(await statusOf(`prod/${name}`, digest)).toBe(expected);
      if (expected === 200) expect(await statusOf(`prod/${name}`, signature.digest)).toBe(200);
    }
    const { source, target } = await pushOne();
    const asked = { from: `${source}:v1`, to: target };
    const all = await Promise.all(Array.from({ length: 8 }, () => promote(asked)));
    expect(all.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(all.filter(({ json }) => json.isChanged)).toHaveLength(1);
  });
});
