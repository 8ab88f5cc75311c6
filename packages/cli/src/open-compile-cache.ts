import { mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';

/**
 * Keeps compiled modules between runs, which halves the time until a command begins. They lie in a folder of the user's own,
 * and not in the shared temporary folder where others could put code. Without a home the command is only slower.
 */
export function openCompileCache(env: Readonly<Record<string, string | undefined>>): void {
  try {
    const base = env['XDG_CACHE_HOME'];
    const cacheHome = base && path.isAbsolute(base) ? base : path.join(env['HOME'] || homedir(), '.cache');
    const folder = path.join(cacheHome, 'roadstead', 'compiled');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    enableCompileCache(folder);
  } catch {
    // A home that cannot be written to is no reason to fail.
  }
}
