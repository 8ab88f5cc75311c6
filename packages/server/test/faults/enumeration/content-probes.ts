import type { Target } from '../fault-class.ts';
import type { RawRequest } from '../raw-request.ts';
import type { HiddenNames } from '../seed-hidden.ts';
import {
  CONFIG_TYPE,
  descriptorOf,
  EMPTY_INDEX,
  IMAGE_TYPE,
  INDEX_TYPE,
  manifestOf,
  type SeededContent,
} from '../seeded-content.ts';
import { ASKERS, type Asker, type Probe } from './probe.ts';

type Operation = readonly [string, (names: HiddenNames) => RawRequest, (keyof HiddenNames)?];

const MANIFEST = { headers: [['Content-Type', EMPTY_INDEX.mediaType]], body: EMPTY_INDEX.bytes } as const;
const of = (method: string, path: (names: HiddenNames) => string, more: Partial<RawRequest> = {}) => {
  return (names: HiddenNames): RawRequest => ({ method, target: `/v2/${names.repository}${path(names)}`, ...more });
};
const uploadOf = ({ uploadId }: HiddenNames): string => `/blobs/uploads/${uploadId}`;

/** Every operation on a repository, with what it names in it. */
const OPERATIONS: readonly Operation[] = [
  ...['GET', 'HEAD', 'DELETE'].flatMap((method): readonly Operation[] => [
    [`${method} of a tag`, of(method, ({ tag }) => `/manifests/${tag}`), 'tag'],
    [`${method} of a manifest by digest`, of(method, ({ digest }) => `/manifests/${digest}`), 'digest'],
    [`${method} of a blob`, of(method, ({ blob }) => `/blobs/${blob}`), 'blob'],
    [`${method} of an upload`, of(method, uploadOf), 'uploadId'],
  ]),
  ['GET of a part of a blob', of('GET', ({ blob }) => `/blobs/${blob}`, { headers: [['Range', 'bytes=0-3']] }), 'blob'],
  ['GET of the tags', of('GET', () => '/tags/list')],
  ['GET of referrers', of('GET', ({ digest }) => `/referrers/${digest}`), 'digest'],
  ['PUT of a tag', of('PUT', ({ tag }) => `/manifests/${tag}`, MANIFEST), 'tag'],
  ['PUT of a manifest by digest', of('PUT', () => `/manifests/${EMPTY_INDEX.digest}`, MANIFEST)],
  [
    'PUT of a tag if it is there',
    of('PUT', ({ tag }) => `/manifests/${tag}`, {
      ...MANIFEST,
      headers: [...MANIFEST.headers, ['If-Match', '*']],
    }),
    'tag',
  ],
  ['POST of an upload', of('POST', () => '/blobs/uploads/')],
  ['POST of a mount', of('POST', ({ blob }) => `/blobs/uploads/?mount=${blob}`), 'blob'],
  ['POST of a mount from itself', of('POST', (n) => `/blobs/uploads/?mount=${n.blob}&from=${n.repository}`), 'blob'],
  ['PATCH of an upload', of('PATCH', uploadOf, { body: Buffer.from('x') }), 'uploadId'],
  ['PUT of an upload', of('PUT', (names) => `${uploadOf(names)}?digest=${names.blob}`), 'uploadId'],
];

/** Of the private project: that it is missing, a repository of it, or what lies in the repository. */
export function createContentProbes(): readonly Probe[] {
  const askers: readonly Asker[] = [...ASKERS, 'an outsider with a token'];
  return OPERATIONS.flatMap(([name, request, part]): readonly Probe[] => [
    { name: `${name}, or no project`, request, askers },
    { name: `${name}, or no repository`, request, askers, differs: ['repository'] },
    ...(part === undefined ? [] : [{ name: `${name}, or no ${part}`, request, askers, differs: [part] }]),
  ]);
}

const OWNER: readonly Asker[] = ['the owner of another project'];

/** Who may push somewhere can name there what lies elsewhere. */
export function createOwnerProbes({ content }: Target): readonly Probe[] {
  const own = `/v2/${content.scratchRepository}`;
  const mount = (query: (names: HiddenNames) => string) => (names: HiddenNames) => ({
    method: 'POST',
    target: `${own}/blobs/uploads/?${query(names)}`,
  });
  const probe = (name: string, request: Probe['request'], ...differs: (keyof HiddenNames)[]): Probe => ({
    name: `${name}, in a project of one's own`,
    request,
    askers: OWNER,
    ...(differs.length === 0 ? {} : { differs }),
  });
  return [
    probe(
      'a mount of a foreign blob',
      mount(({ blob }) => `mount=${blob}`),
    ),
    ...(['project', 'repository', 'blob'] as const).map((part) =>
      probe(
        `a mount from a foreign repository, or no ${part}`,
        mount(({ blob, repository }) => `mount=${blob}&from=${repository}`),
        ...(part === 'project' ? [] : [part]),
      ),
    ),
    ...['GET', 'HEAD', 'DELETE'].flatMap((method) => [
      probe(`${method} of a foreign blob`, ({ blob }) => ({ method, target: `${own}/blobs/${blob}` })),
      probe(`${method} of a foreign manifest`, ({ digest }) => ({ method, target: `${own}/manifests/${digest}` })),
    ]),
    ...['GET', 'DELETE', 'PATCH', 'PUT'].flatMap((method) =>
      (['uploadId', 'scratchUploadId'] as const).map((which) =>
        probe(`${method} of somebody else's ${which}`, (names) => ({
          method,
          target: `${own}/blobs/uploads/${names[which]}${method === 'PUT' ? `?digest=${content.config.digest}` : ''}`,
          ...(method === 'PATCH' ? { body: Buffer.from('x') } : {}),
        })),
      ),
    ),
    probe('referrers of a foreign manifest', ({ digest }) => ({ method: 'GET', target: `${own}/referrers/${digest}` })),
    ...createPushProbes(content).map(([name, request]) => probe(name, request)),
  ];
}

/** Manifests that list what lies elsewhere. */
function createPushProbes({ scratchRepository, config }: SeededContent): readonly [string, Probe['request']][] {
  const put = <Document extends { readonly mediaType: string }>(document: Document): RawRequest => {
    const { bytes, mediaType } = manifestOf(document);
    const headers = [['Content-Type', mediaType]] as const;
    return { method: 'PUT', target: `/v2/${scratchRepository}/manifests/probe`, headers, body: bytes };
  };
  const descriptor = (mediaType: string, digest: string) => ({ mediaType, digest, size: 20 });
  const ownConfig = descriptorOf(CONFIG_TYPE, config);
  return [
    [
      'a push with a foreign config',
      ({ blob }) => put({ schemaVersion: 2, mediaType: IMAGE_TYPE, config: descriptor(CONFIG_TYPE, blob), layers: [] }),
    ],
    [
      'a push with a foreign layer',
      ({ blob }) =>
        put({
          ...{ schemaVersion: 2, mediaType: IMAGE_TYPE, config: ownConfig },
          layers: [descriptor('application/vnd.oci.image.layer.v1.tar', blob)],
        }),
    ],
    [
      'a push of an index with a foreign manifest',
      ({ digest }) =>
        put({ ...{ schemaVersion: 2, mediaType: INDEX_TYPE }, manifests: [descriptor(IMAGE_TYPE, digest)] }),
    ],
  ];
}
