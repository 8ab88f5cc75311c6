import type { ClientSuite } from './bench/client-suite.ts';
import { buildahSuite } from './clients/buildah.ts';
import { buildxSuite } from './clients/buildx.ts';
import { containerdSuite } from './clients/containerd.ts';
import { cosignSuite } from './clients/cosign.ts';
import { craneSuite } from './clients/crane.ts';
import { dockerSuite } from './clients/docker.ts';
import { harborCliSuite } from './clients/harbor-cli.ts';
import { harborGoSuite } from './clients/harbor-go.ts';
import { harborPythonSuite } from './clients/harbor-python.ts';
import { harborapiSuite } from './clients/harborapi.ts';
import { helmSuite } from './clients/helm.ts';
import { notationSuite } from './clients/notation.ts';
import { orasSuite } from './clients/oras.ts';
import { podmanSuite } from './clients/podman.ts';
import { regctlSuite } from './clients/regctl.ts';
import { shapesSuite } from './clients/shapes.ts';
import { skopeoSuite } from './clients/skopeo.ts';
import { terraformProviderSuite } from './clients/terraform-provider.ts';
import { umociSuite } from './clients/umoci.ts';
import { pinnedVersion } from './pinned-version.ts';

/** Every client of the matrix, in the order of its columns; those whose tools are there first also run first. */
export const clientSuites: readonly ClientSuite[] = [
  dockerSuite(pinnedVersion('trixie/docker.io')),
  buildxSuite(pinnedVersion('trixie/docker-buildx')),
  containerdSuite(pinnedVersion('trixie/containerd')),
  skopeoSuite({ version: pinnedVersion('trixie/skopeo'), program: 'skopeo', isOld: false }),
  skopeoSuite({ version: pinnedVersion('bookworm/skopeo'), program: 'skopeo-old', isOld: true }),
  podmanSuite({ version: pinnedVersion('trixie/podman'), program: 'podman', isOld: false }),
  podmanSuite({ version: pinnedVersion('bookworm/podman'), program: 'podman-old', isOld: true }),
  buildahSuite({ version: pinnedVersion('trixie/buildah'), program: 'buildah', isOld: false }),
  buildahSuite({ version: pinnedVersion('bookworm/buildah'), program: 'buildah-old', isOld: true }),
  umociSuite(pinnedVersion('trixie/umoci')),
  orasSuite({ version: pinnedVersion('trixie/oras'), slug: 'oras-old', tool: 'debian' }),
  orasSuite({ version: pinnedVersion('oras-new'), slug: 'oras', tool: 'oras-new' }),
  helmSuite({ version: pinnedVersion('helm3'), tool: 'helm3', canLogIn: false }),
  helmSuite({ version: pinnedVersion('helm4'), tool: 'helm4', canLogIn: true }),
  helmSuite({ version: pinnedVersion('helm4-new'), tool: 'helm4-new', canLogIn: true }),
  craneSuite(pinnedVersion('crane')),
  regctlSuite(pinnedVersion('regctl')),
  cosignSuite({ version: pinnedVersion('trixie/cosign'), generation: '2', tool: 'debian' }),
  cosignSuite({ version: pinnedVersion('cosign3'), generation: '3', tool: 'cosign3' }),
  notationSuite(pinnedVersion('notation')),
  harborapiSuite(pinnedVersion('harborapi')),
  harborPythonSuite(pinnedVersion('openapi-python-client')),
  harborCliSuite(pinnedVersion('harbor-cli')),
  harborGoSuite(pinnedVersion('go-swagger')),
  terraformProviderSuite(),
  shapesSuite(),
];
