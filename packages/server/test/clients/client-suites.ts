import type { ClientSuite } from './bench/client-suite.ts';
import { buildahSuite } from './clients/buildah.ts';
import { buildxSuite } from './clients/buildx.ts';
import { containerdSuite } from './clients/containerd.ts';
import { cosignSuite } from './clients/cosign.ts';
import { craneSuite } from './clients/crane.ts';
import { dockerSuite } from './clients/docker.ts';
import { helmSuite } from './clients/helm.ts';
import { notationSuite } from './clients/notation.ts';
import { orasSuite } from './clients/oras.ts';
import { podmanSuite } from './clients/podman.ts';
import { regctlSuite } from './clients/regctl.ts';
import { skopeoSuite } from './clients/skopeo.ts';

/** Every client of the matrix, in the order of its columns; those that are there first also run first. */
export const clientSuites: readonly ClientSuite[] = [
  dockerSuite('26.1.5'),
  buildxSuite('0.13.1'),
  containerdSuite('1.7.24'),
  skopeoSuite({ client: 'skopeo', version: '1.18.0', program: 'skopeo', recompresses: true }),
  skopeoSuite({ client: 'skopeo', version: '1.9.3', program: 'skopeo-old', recompresses: false }),
  podmanSuite({ version: '5.4.2', program: 'podman', isOld: false }),
  podmanSuite({ version: '4.3.1', program: 'podman-old', isOld: true }),
  buildahSuite({ version: '1.39.3', program: 'buildah', isOld: false }),
  buildahSuite({ version: '1.28.2', program: 'buildah-old', isOld: true }),
  orasSuite({ client: 'oras', version: '1.2.0', slug: 'oras-old', tool: 'debian' }),
  orasSuite({ client: 'oras', version: '1.3.1', slug: 'oras', tool: 'oras-new' }),
  helmSuite({ client: 'helm', version: '3.17.3', tool: 'helm3', canLogIn: false }),
  helmSuite({ client: 'helm', version: '4.1.4', tool: 'helm4', canLogIn: true }),
  helmSuite({ client: 'helm', version: '4.3.1', tool: 'helm4-new', canLogIn: true }),
  craneSuite(),
  regctlSuite(),
  cosignSuite({ version: '2.5.0', generation: '2', tool: 'debian' }),
  cosignSuite({ version: '3.1.3', generation: '3', tool: 'cosign3' }),
  notationSuite(),
];
