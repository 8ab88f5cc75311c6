import type { ClientSuite } from './bench/client-suite.ts';
import { craneSuite } from './clients/crane.ts';
import { orasSuite } from './clients/oras.ts';
import { regctlSuite } from './clients/regctl.ts';
import { skopeoSuite } from './clients/skopeo.ts';

/** Every client of the matrix, in the order of its columns; those that are there first also run first. */
export const clientSuites: readonly ClientSuite[] = [
  skopeoSuite({ client: 'skopeo', version: '1.18.0', program: 'skopeo', recompresses: true }),
  skopeoSuite({ client: 'skopeo (old)', version: '1.9.3', program: 'skopeo-old', recompresses: false }),
  orasSuite({ client: 'oras (old)', version: '1.2.0', slug: 'oras-old', tool: 'debian' }),
  orasSuite({ client: 'oras', version: '1.3.1', slug: 'oras', tool: 'oras-new' }),
  craneSuite(),
  regctlSuite(),
];
