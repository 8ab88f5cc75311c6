import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { openFileLock } from '../file-lock.ts';
import type { Runtime } from '../runtime.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { type ContextFile, parseContextFile, renderContextFile, type SavedServer } from './context-file.ts';

/** The saved logins, shared by `roadstead` and the docker credential helper. */
export interface ContextStore {
  readonly file: string;
  read(): Promise<ContextFile>;
  findServer(host: string): Promise<SavedServer | undefined>;
  /** Adds or replaces the server; `makeCurrent` also makes it the one of references that name none. */
  saveServer(server: SavedServer, options: { readonly makeCurrent: boolean }): Promise<void>;
  /** Resolves with false when there was none. */
  removeServer(host: string): Promise<boolean>;
}

const LOCK_WAIT_MS = 10_000;

export function createContextStore(runtime: Pick<Runtime, 'env' | 'sleepMs'>): ContextStore {
  const file = contextFilePath(runtime.env);

  async function read(): Promise<ContextFile> {
    try {
      return parseContextFile(await readFile(file, 'utf8'), file);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { servers: [] };
      throw error;
    }
  }

  async function change(edit: (contexts: ContextFile) => ContextFile): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    // Docker may run several helpers at once: none may lose what another one writes.
    await using _lock = await openFileLock(`${file}.lock`, { waitMs: LOCK_WAIT_MS, sleepMs: runtime.sleepMs });
    await writeFileAtomically(file, renderContextFile(edit(await read())), 0o600);
  }

  return {
    file,
    read,
    findServer: async (host) => (await read()).servers.find((server) => server.host === host),
    saveServer: (server, { makeCurrent }) =>
      change(({ current, servers }) => ({
        ...withCurrent(makeCurrent ? server.host : (current ?? server.host)),
        servers: [...servers.filter((other) => other.host !== server.host), server],
      })),
    removeServer: async (host) => {
      if ((await read()).servers.every((server) => server.host !== host)) return false;
      await change(({ current, servers }) => {
        const rest = servers.filter((server) => server.host !== host);
        return { ...withCurrent(current === host ? rest.at(-1)?.host : current), servers: rest };
      });
      return true;
    },
  };
}

function withCurrent(current: string | undefined): { readonly current?: string } {
  return current === undefined ? {} : { current };
}

/** `$XDG_CONFIG_HOME/roadstead/config.json`; the base must be absolute (XDG Base Directory Specification). */
function contextFilePath(env: Runtime['env']): string {
  const base = env['XDG_CONFIG_HOME'];
  const home = env['HOME'] || homedir();
  return path.join(base && path.isAbsolute(base) ? base : path.join(home, '.config'), 'roadstead', 'config.json');
}
