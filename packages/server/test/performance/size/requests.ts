import { tagName } from '../content/growing-content.ts';
import type { LoadRequest, LoadTask } from '../load/load-task.ts';
import { PROJECT, pullScope, pushScope } from '../servers/running-server.ts';
import type { MeasuredContent } from './measured-content.ts';
import { LARGE_REPOSITORY, placeOf, type SeedSize } from './seed-rows.ts';
import type { Twin } from './twins.ts';

const CONNECTIONS = 4;
const WARM_UP_SECONDS = 1;
const PAGE_NAMES = 100;
const CATALOG_SCOPE = 'registry:catalog:*';
const LAYER_BYTES = 2_048;
/** Manifests among the million that are read. */
const SAMPLE = 1_000;

/** One kind of request, as a load on a registry. */
export interface SizeRequest {
  readonly name: string;
  /** The kind in the small registry that it stands beside, where that has another name. */
  readonly besides?: string;
  readonly task: LoadTask;
}

interface Path {
  readonly path: string;
  readonly scope: string;
}

/** What is asked of either registry. */
export async function commonRequests(
  twin: Twin,
  { tags, catalogMiddle, subject, reads }: MeasuredContent,
  seconds: number,
): Promise<readonly SizeRequest[]> {
  const tagList = `/v2/${tags.repository}/tags/list?n=${PAGE_NAMES}`;
  const kinds: readonly (readonly [string, readonly Path[]])[] = [
    ['tag page, first', [{ path: tagList, scope: pullScope(tags.repository) }]],
    ['tag page, middle', [{ path: `${tagList}&last=${tags.middle}`, scope: pullScope(tags.repository) }]],
    ['catalog page, first', [{ path: `/v2/_catalog?n=${PAGE_NAMES}`, scope: CATALOG_SCOPE }]],
    [
      'catalog page, middle',
      [{ path: `/v2/_catalog?n=${PAGE_NAMES}&last=${encodeURIComponent(catalogMiddle)}`, scope: CATALOG_SCOPE }],
    ],
    [
      'referrers, 100',
      [{ path: `/v2/${subject.repository}/referrers/${subject.digest}`, scope: pullScope(subject.repository) }],
    ],
    ['manifest by tag', reads.map(manifestPath)],
  ];
  const requests: SizeRequest[] = [];
  for (const [name, paths] of kinds) requests.push({ name, task: await readTask(twin, paths, seconds) });
  return [...requests, { name: 'push of an image', task: await pushTask(twin, seconds) }];
}

/** The same kinds, among what only the large registry holds. */
export async function largeRequests(twin: Twin, size: SeedSize, seconds: number): Promise<readonly SizeRequest[]> {
  const step = size.manifests / SAMPLE;
  const sample = Array.from({ length: SAMPLE }, (_, index) => placeOf(1 + Math.floor(index * step), size));
  // A token for each repository: some stand for all.
  const repositories = new Set([...new Set(sample.map(({ repository }) => repository))].slice(0, 100));
  const last = tagName(Math.floor(size.manifests / 20) * 10);
  const middle = `/v2/${LARGE_REPOSITORY}/tags/list?n=${PAGE_NAMES}&last=${last}`;
  return [
    {
      name: 'tag page, middle of the largest',
      besides: 'tag page, middle',
      task: await readTask(twin, [{ path: middle, scope: pullScope(LARGE_REPOSITORY) }], seconds),
    },
    {
      name: 'manifest by tag, among all',
      besides: 'manifest by tag',
      task: await readTask(
        twin,
        sample.filter(({ repository }) => repositories.has(repository)).map(manifestPath),
        seconds,
      ),
    },
  ];
}

function manifestPath({ repository, tag }: { readonly repository: string; readonly tag: string }): Path {
  return { path: `/v2/${repository}/manifests/${tag}`, scope: pullScope(repository) };
}

/** Asks for each once, to know what the answer must be. */
async function readTask({ client, server }: Twin, paths: readonly Path[], seconds: number): Promise<LoadTask> {
  const requests: LoadRequest[] = [];
  for (const { path, scope } of paths) {
    const { status, bodyBytes, headers } = await client.ask('GET', path, { scope });
    if (status !== 200) throw new Error(`GET ${path} was answered with ${status}`);
    const accept = String(headers['content-type']);
    requests.push({
      method: 'GET',
      path,
      headers: { Accept: accept, ...(await client.authorize(scope)) },
      expected: { status, bodyBytes },
    });
  }
  return {
    kind: 'requests',
    target: server,
    connections: CONNECTIONS,
    requests,
    takesTurns: true,
    warmUpSeconds: WARM_UP_SECONDS,
    until: { seconds },
  };
}

/** @param seconds how long images are pushed, one after the other on each connection */
export async function pushTask({ client, server }: Twin, seconds: number): Promise<LoadTask> {
  const names = Array.from({ length: CONNECTIONS }, (_, index) => `${PROJECT}/zz-pushed/${index}`);
  const repositories = [];
  for (const name of names) repositories.push({ name, headers: await client.authorize(pushScope(name)) });
  return {
    kind: 'pushes',
    target: server,
    repositories,
    layerBytes: LAYER_BYTES,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds,
  };
}
