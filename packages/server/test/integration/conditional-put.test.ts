import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { errorCode, readErrors } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { describeManifest, sampleImage, sampleIndex } from './support/sample-content.ts';

const WRITERS = 32;

describe.each(ENGINES)('a conditional manifest PUT on %s', (engine) => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
    await registry.admin.pushImage('team/app', 'base', base);
  });
  afterAll(() => registry?.close());

  const base = sampleImage();
  /** Distinct manifests that need no blobs of their own. */
  const variants = () => Array.from({ length: WRITERS }, () => sampleIndex([describeManifest(base)]));
  const tagAt = async (tag: string) =>
    (await registry.admin.head(`/v2/team/app/manifests/${tag}`)).headers['docker-content-digest'];

  it('with If-None-Match: * makes the tag once', async () => {
    const [first, second] = variants();
    const only = { 'If-None-Match': '*' };
    expect((await registry.admin.putManifest('team/app', 'new', first ?? base, only)).status).toBe(201);
    const refused = await registry.admin.putManifest('team/app', 'new', second ?? base, only);
    expect([refused.status, errorCode(refused)]).toEqual([412, 'PRECONDITION_FAILED']);
    expect(readErrors(refused)[0]?.detail).toEqual({ tag: 'new', current: first?.digest });
    expect(await tagAt('new')).toBe(first?.digest);
  });

  it('that fails stores nothing, not even the manifest', async () => {
    const [manifest = base] = variants();
    const refused = await registry.admin.putManifest('team/app', 'base', manifest, { 'If-None-Match': '*' });
    expect(refused.status).toBe(412);
    expect((await registry.admin.head(`/v2/team/app/manifests/${manifest.digest}`)).status).toBe(404);
  });

  it('with If-Match moves the tag from the named digest only', async () => {
    const [first = base, second = base] = variants();
    const put = (ifMatch: string, manifest = second) =>
      registry.admin.putManifest('team/app', 'moving', manifest, { 'If-Match': ifMatch });
    expect((await put('*')).status).toBe(412);
    expect((await registry.admin.putManifest('team/app', 'moving', first)).status).toBe(201);
    expect((await put(`"${base.digest}"`)).status).toBe(412);
    expect((await put(`W/"${first.digest}"`)).status).toBe(412);
    expect(await tagAt('moving')).toBe(first.digest);
    expect((await put(`"x", "${first.digest}"`)).status).toBe(201);
    expect(await tagAt('moving')).toBe(second.digest);
  });

  it('with several tags moves all of them or none', async () => {
    const [first = base, second = base] = variants();
    expect((await registry.admin.putManifest('team/app', 'both-1', first)).status).toBe(201);
    const answer = await registry.admin.putManifest('team/app', `${second.digest}?tag=both-2&tag=both-1`, second, {
      'If-None-Match': '*',
    });
    expect(answer.status).toBe(412);
    expect(await tagAt('both-1')).toBe(first.digest);
    expect(await tagAt('both-2')).toBeUndefined();
  });

  // Found by reading: without a tag the conditions were not looked at.
  it('by digest alone is judged against what is stored under the digest', async () => {
    const [manifest = base] = variants();
    const put = (headers: Record<string, string>) =>
      registry.admin.putManifest('team/app', manifest.digest, manifest, headers);
    expect((await put({ 'If-Match': '*' })).status).toBe(412);
    expect((await put({ 'If-None-Match': '*' })).status).toBe(201);
    expect((await put({ 'If-None-Match': '*' })).status).toBe(412);
  });

  it(`makes one winner of ${WRITERS} that create a tag at once`, async () => {
    const manifests = variants();
    const answers = await Promise.all(
      manifests.map((manifest) =>
        registry.admin.putManifest('team/app', 'race-new', manifest, { 'If-None-Match': '*' }),
      ),
    );
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, ...Array(WRITERS - 1).fill(412)]);
    expect(await tagAt('race-new')).toBe(manifests[answers.findIndex((answer) => answer.status === 201)]?.digest);
  });

  it(`makes one winner of ${WRITERS} that move a tag at once, so that no update is lost`, async () => {
    let current = base.digest;
    await registry.admin.putManifest('team/app', 'race', base);
    for (let round = 0; round < 3; round += 1) {
      const manifests = variants();
      const condition = { 'If-Match': `"${current}"` };
      const answers = await Promise.all(
        manifests.map((manifest) => registry.admin.putManifest('team/app', 'race', manifest, condition)),
      );
      expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, ...Array(WRITERS - 1).fill(412)]);
      current = manifests[answers.findIndex((answer) => answer.status === 201)]?.digest ?? '';
      expect(await tagAt('race')).toBe(current);
    }
    const history = (await registry.store.rows('tag_history')).filter((row) => row['name'] === 'race');
    expect(history).toHaveLength(4);
  });
});
