import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { digestOf, sampleImage } from './support/sample-content.ts';

const REPOSITORY = 'team/app';

/** `20261122T153000Z` */
function compact(at: number): string {
  return `${new Date(at).toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}Z`;
}

/** The next full second: names of tags know no smaller time. */
async function passSecond(): Promise<number> {
  const next = Math.ceil((Date.now() + 1) / 1_000) * 1_000;
  await new Promise((resolve) => setTimeout(resolve, next - Date.now() + 5));
  return next;
}

describe.each(ENGINES)('tags as of a time on %s', (engine) => {
  let registry: OpenRegistry;
  /** Before there was anything, with the first image, with the second, and without the tag. */
  const times: number[] = [];
  const digests: string[] = [];

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    const { admin } = registry;
    await admin.createProject('team');
    for (const _ of [1, 2]) {
      times.push(await passSecond());
      digests.push(await push(REPOSITORY, 'latest'));
    }
    times.push(await passSecond());
    await admin.pushImage(REPOSITORY, 'kept', sampleImage());
    expect((await admin.delete(`/v2/${REPOSITORY}/manifests/latest`)).status).toBe(202);
    times.push(await passSecond());
  }, 60_000);
  afterAll(() => registry?.close());

  const push = async (repository: string, tag: string) => {
    const image = sampleImage();
    await registry.admin.pushImage(repository, tag, image);
    return digestOf(image.bytes);
  };
  const ask = (reference: string, method = 'GET') =>
    registry.admin.send(`/v2/${REPOSITORY}/manifests/${reference}`, { method });
  const resolve = async (reference: string, method?: string) => {
    const { status, headers } = await ask(reference, method);
    return status === 200 ? headers['docker-content-digest'] : status;
  };

  it('are pulled by a name that every client takes for a tag, and by a parameter', async () => {
    expect(await resolve('latest')).toBe(404);
    const expected = [404, ...digests, 404];
    for (const [index, at] of times.entries()) {
      for (const method of ['GET', 'HEAD']) {
        expect(await resolve(`latest_as-of_${compact(at)}`, method), `${index}`).toBe(expected[index]);
        expect(await resolve(`latest?as-of=${new Date(at).toISOString()}`, method), `${index}`).toBe(expected[index]);
      }
    }
  });

  it('are listed', async () => {
    const list = async (at: number, more = '') => {
      const answer = await registry.admin.get(`/v2/${REPOSITORY}/tags/list?as-of=${new Date(at).toISOString()}${more}`);
      return { ...readJson<{ tags: string[] }>(answer), link: answer.headers.link };
    };
    const lists = [];
    for (const at of times) lists.push((await list(at)).tags);
    expect(lists).toEqual([[], ['latest'], ['latest'], ['kept']]);
    expect((await list(Date.now())).tags).toEqual(['kept']);
  });

  it('keep the time on the pages that follow', async () => {
    const { admin } = registry;
    await admin.pushImage('team/pages', 'a', sampleImage());
    await admin.pushImage('team/pages', 'b', sampleImage());
    const at = new Date(await passSecond()).toISOString();
    await admin.pushImage('team/pages', 'c', sampleImage());
    const seen: string[] = [];
    for (let next: string | undefined = `/v2/team/pages/tags/list?n=1&as-of=${at}`; next !== undefined; ) {
      const answer = await admin.get(next);
      seen.push(...readJson<{ tags: string[] }>(answer).tags);
      next = /<([^>]+)>/.exec(String(answer.headers.link ?? ''))?.[1];
    }
    expect(seen).toEqual(['a', 'b']);
  });

  it('say so when what they stood at is gone, and are no way around rights', async () => {
    const { admin } = registry;
    const digest = await push('team/gone', 'x');
    const at = compact(await passSecond());
    expect((await admin.delete(`/v2/team/gone/manifests/${digest}`)).status).toBe(202);
    const answer = await admin.get(`/v2/team/gone/manifests/x_as-of_${at}`);
    expect([answer.status, answer.text]).toEqual([
      404,
      expect.stringContaining(`stood at ${digest} then, which was deleted since`),
    ]);
    const outsider = await registry.createUser(`outsider-${engine}`);
    expect((await outsider.get(`/v2/${REPOSITORY}/manifests/latest_as-of_${compact(times[1] ?? 0)}`)).status).toBe(403);
    expect((await registry.anonymous.get(`/v2/${REPOSITORY}/tags/list?as-of=2026-01-01T00:00:00Z`)).status).toBe(401);
  });

  it('lose to a tag that has such a name itself', async () => {
    const digest = await push(REPOSITORY, `latest_as-of_${compact(times[1] ?? 0)}`);
    expect(await resolve(`latest_as-of_${compact(times[1] ?? 0)}`)).toBe(digest);
  });

  it.each(['yesterday', '2026-02-30T00:00:00Z', '', '2026-11-22'])('are refused for the time %j', async (time) => {
    for (const path of [`manifests/latest?as-of=${time}`, `tags/list?as-of=${time}`]) {
      const answer = await registry.admin.get(`/v2/${REPOSITORY}/${path}`);
      expect(answer.status, answer.text).toBe(400);
    }
  });
});
