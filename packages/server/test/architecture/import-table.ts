/** What a folder of packages/server/src may import. Its own files, packages/oci and libraries come on top. */
export interface ImportRow {
  /**
   * Names of folders. `drivers` means the interface file of every driver kind, `drivers/<kind>` that of one kind, and
   * never an implementation.
   */
  readonly mayImport: readonly string[];
  /** Folders of which only types may be imported (`import type`). */
  readonly typesOf?: readonly string[];
  /** `free`, or a pattern of the files (below src/) that may import a library at all. */
  readonly libraries: 'free' | RegExp;
  /** Packages of ours besides oci. */
  readonly packages?: readonly string[];
}

const FEATURES = [
  'content',
  'identity',
  'network-rules',
  'projects',
  'policies',
  'operations',
  'portability',
  'control-plane',
] as const;
const BELOW_POLICIES = ['projects', 'content', 'identity', 'kernel', 'db', 'jobs', 'journal'] as const;
const free = { libraries: 'free' } as const;

/** The import direction of the design, once and as code. A new folder gets a row here first. */
export const IMPORT_TABLE: Readonly<Record<string, ImportRow>> = {
  kernel: { mayImport: [], libraries: /^kernel\/egress/ },
  config: { mayImport: ['kernel'], ...free },
  drivers: { mayImport: ['kernel'], ...free },
  db: { mayImport: ['kernel', 'drivers/database'], ...free },
  jobs: { mayImport: ['kernel', 'db'], ...free },
  'mail-queue': { mayImport: ['kernel', 'db'], ...free },
  journal: { mayImport: ['kernel', 'db', 'mail-queue'], ...free },
  content: { mayImport: ['kernel', 'db', 'jobs', 'journal', 'drivers'], ...free },
  secrets: { mayImport: ['kernel', 'db', 'journal'], ...free },
  'network-rules': { mayImport: ['kernel', 'db', 'journal'], ...free },
  identity: { mayImport: ['kernel', 'db', 'jobs', 'journal', 'mail-queue'], ...free },
  projects: { mayImport: ['identity', 'content', 'journal', 'kernel', 'db'], ...free },
  policies: { mayImport: BELOW_POLICIES, ...free },
  operations: {
    mayImport: ['policies', ...BELOW_POLICIES, 'drivers', 'secrets', 'mail-queue'],
    packages: ['archive'],
    ...free,
  },
  portability: { mayImport: ['operations', 'policies', ...BELOW_POLICIES, 'drivers'], packages: ['archive'], ...free },
  'control-plane': { mayImport: ['kernel', 'db', 'jobs', 'journal', 'drivers'], ...free },
  api: { mayImport: ['http', 'kernel', ...FEATURES], ...free },
  http: { mayImport: ['kernel'], typesOf: ['config'], ...free },
};

/** The files and folders of packages/server/src that wire everything by hand, and so may import everything. */
const COMPOSITION_ROOTS: readonly string[] = [
  'main.ts',
  'server.ts',
  'server-instances.ts',
  'instance.ts',
  'management-routes.ts',
  'control-plane.ts',
  'databases.ts',
  'blob-storages.ts',
  'blob-places.ts',
  'write-half.ts',
  'processes/',
  'hold-data-folder.ts',
  'commands/',
];

/** @param inSource a path below packages/server/src */
export function isCompositionRoot(inSource: string): boolean {
  return COMPOSITION_ROOTS.some((root) => (root.endsWith('/') ? inSource.startsWith(root) : inSource === root));
}

/** What a package may import of the other packages. */
export const PACKAGE_TABLE: Readonly<Record<string, readonly string[]>> = {
  oci: [],
  archive: ['oci'],
  server: ['oci', 'archive'],
  cli: ['oci', 'archive'],
  web: [],
};

/** The files of packages/server/src that may read process.env, besides config/. */
export const ENVIRONMENT_READERS: readonly string[] = ['server.ts', 'main.ts'];
export const MAX_FILE_LINES = 400;
