import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

export interface PostgresInstallation {
  /** The folder of `initdb` and `postgres`. */
  readonly binDir: string;
}

const DEBIAN_ROOT = '/usr/lib/postgresql';

/** The PostgreSQL installed on this machine: the newest of Debian's packages, else the one on PATH. */
export function findPostgres(searchPath = process.env['PATH'] ?? ''): PostgresInstallation | undefined {
  const candidates = [...listDebianFolders(), ...searchPath.split(path.delimiter).filter((folder) => folder !== '')];
  const binDir = candidates.find((folder) =>
    ['initdb', 'postgres'].every((program) => existsSync(path.join(folder, program))),
  );
  return binDir === undefined ? undefined : { binDir };
}

function listDebianFolders(): readonly string[] {
  if (!existsSync(DEBIAN_ROOT)) return [];
  return readdirSync(DEBIAN_ROOT)
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(DEBIAN_ROOT, version, 'bin'));
}
