import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PostgresPair } from './postgres-pair.ts';
import { CleanUp } from './process/clean-up.ts';

export interface OpenPostgresPair {
  readonly pair: PostgresPair;
  /** Ends both servers and removes what they stored. */
  close(): Promise<void>;
}

/** A primary and its synchronous standby on a scratch folder, with one database. */
export async function openPostgresPair(database: string): Promise<OpenPostgresPair> {
  const cleanUp = new CleanUp();
  const folder = mkdtempSync(path.join(tmpdir(), 'roadstead-pair-'));
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  // PostgreSQL runs as another user.
  chmodSync(folder, 0o755);
  try {
    const pair = await PostgresPair.start(path.join(folder, 'pair'), database, cleanUp);
    return {
      pair,
      close: async () => {
        await pair.stop();
        cleanUp.run();
      },
    };
  } catch (error) {
    cleanUp.run();
    throw error;
  }
}
