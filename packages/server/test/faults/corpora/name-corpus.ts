import type { SeededRandom } from '../../support/seeded-random.ts';
import type { SeededContent } from '../seeded-content.ts';
import {
  listByteSegments,
  listInjections,
  listLongNames,
  listLookalikes,
  listTraversals,
  ROUTE_WORDS,
} from './hostile-segments.ts';

const TRAVERSALS = 900;

/** Repository names that are none, as they would stand in a path: one character for each byte, none twice. */
export function createNameCorpus(random: SeededRandom, content: SeededContent): readonly string[] {
  const { project, repository } = content;
  const segments = [...listLookalikes(), ...listInjections()];
  const placed = segments.flatMap((segment) => [
    segment,
    `${project}/${segment}`,
    `${segment}/seed`,
    `${repository}/${segment}`,
    `${project}/${segment}/seed`,
  ]);
  const names = [
    ...placed,
    ...listByteSegments().map((segment) => `${project}/${segment}`),
    ...listTraversals(random, TRAVERSALS).flatMap((name) =>
      random.sample([name, `${project}/${name}`, `${repository}/${name}`], 1),
    ),
    ...listLongNames().flatMap((name) => [name, `${project}/${name}`]),
    ...ROUTE_WORDS.flatMap((word) => [
      word,
      `${word}/${word}`,
      `${content.absentProject}/${word}`,
      `${project}/${word}/`,
    ]),
    ...[
      'http://127.0.0.1/v2/faults/seed',
      'faults//seed',
      '/faults/seed',
      'faults/seed/',
      'faults/./seed',
      'faults/x/../seed',
    ],
  ];
  return [...new Set(names)];
}

/** Whole targets that are no path of the API, or are one in a spelling that is not the canonical. */
export function createTargetCorpus({ host, content }: { host: string; content: SeededContent }): readonly string[] {
  const manifest = `${content.repository}/manifests/latest`;
  return [
    ...[
      '//v2',
      '//v2/',
      '/v2//',
      '/v2//_catalog',
      '/v2/./_catalog',
      '/v2/_catalog/',
      '/v2/_catalog;x',
      '/v2/%5fcatalog',
    ],
    ...[
      '/V2/',
      '/V2/_catalog',
      '/v2/_Catalog',
      '/v2;/',
      '/v2%2f',
      '/v2\\_catalog',
      '/%76%32/',
      '/.//v2/',
      '/v2/..',
      '/v2/../v2/',
    ],
    ...[
      '/v2/_catalog/../_catalog',
      '/v2/..;/v2/_catalog',
      '/v2/.',
      '/v2/..%2f',
      '/v1/',
      '/v1/_ping',
      '/v2/*',
      '*',
      '/*',
      '/%',
      '/%00',
    ],
    ...[
      `http://${host}/v2/`,
      `http://${host}/v2/${manifest}`,
      `HTTP://${host}/v2/_catalog`,
      'http://evil.example/v2/_catalog',
    ],
    ...[
      `https://${host}/v2/`,
      'file:///etc/passwd',
      'javascript:alert(1)',
      `//${host}/v2/_catalog`,
      `/${host}/v2/`,
      'v2/',
      'v2/_catalog',
    ],
    ...[
      `//v2/${manifest}`,
      `/v2/${manifest}/`,
      `/v2/${manifest}//`,
      `/v2/${manifest};x`,
      `/v2/${manifest}%00`,
      `/v2/${manifest}%20`,
    ],
    ...[
      `/v2/${manifest}/../latest`,
      `/v2/./${manifest}`,
      `/v2/${manifest}%3fx`,
      `/v2/${manifest}#`,
      `/v2/${manifest}.json`,
    ],
    ...[`/v2/${content.repository}/manifests//latest`, `/v2/${content.repository}//manifests/latest`],
    ...[
      `/v2/${content.repository}/Manifests/latest`,
      `/v2/${content.repository}/manifests`,
      `/v2/${content.repository}/manifests/`,
    ],
    ...[
      `/v2/${content.repository}/tags/List`,
      `/v2/${content.repository}/tags/list/`,
      `/v2/${content.repository}/tags`,
    ],
    ...[
      `/v2/${content.repository}/blobs/`,
      `/v2/${content.repository}/blobs`,
      `/v2/${content.repository}/blobs/uploads/..`,
    ],
    ...[
      `/v2/${content.repository}`,
      `/v2/${content.repository}/`,
      `/v2/${content.repository}/_state`,
      `/v2/${content.project}`,
    ],
    ...[
      '/..',
      '/../',
      '/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/static/../../etc/passwd',
      '/api/../v2/_catalog',
    ],
    ...[
      '/api/v2.0/../../etc/passwd',
      '/api/v2.0/projects/..%2f',
      '/api/v2.0/projects/%00',
      '/api/v2.0/projects/%ff',
      '/api/v2.0/%',
    ],
    ...[
      '/service/token/..',
      '/service//token',
      '/service/token%00',
      '/healthz/../v2/_catalog',
      '/healthz%00',
      '/readyz/%2e%2e',
    ],
  ];
}
