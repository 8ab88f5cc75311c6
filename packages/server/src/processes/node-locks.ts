import { sql } from 'kysely';
import type { ControlPlaneSchema } from '../db/control-plane/schema.ts';
import type { Database } from '../drivers/database/database.ts';
import type { Locks } from '../kernel/locks.ts';

export interface NodeLocksOptions {
  readonly database: Database<ControlPlaneSchema>;
  /** Of this process among its own requests, and among the processes of its machine: taken first, and cheaper. */
  readonly local: Locks;
  /** The name of this process: no other has it, now or ever. */
  readonly holder: string;
  readonly onError: (error: unknown) => void;
  /** Default: 15 s. */
  readonly leaseMs?: number;
}

export interface NodeLocks extends Locks {
  close(): Promise<void>;
}

const LEASE_MS = 15_000;
/** So often a lease is extended in its time. */
const EXTENSIONS = 3;
const FIRST_RETRY_MS = 10;
const MAX_RETRY_MS = 200;

/**
 * Locks among nodes that share a PostgreSQL: rows with a lease, which their holder extends as long as it lives. A holder that
 * stands still for longer loses its locks without knowing; so what they guard is guarded once more by the row that it
 * writes in the end (an upload advances only from the size that it had).
 */
export function createNodeLocks({ database, local, holder, onError, leaseMs = LEASE_MS }: NodeLocksOptions): NodeLocks {
  const held = new Set<string>();
  const now = sql.raw<number>(database.capabilities.clockText);
  // By name: a row whose release failed is this holder's as well, and must lapse.
  const extend = async () => {
    // Listed now: what is held when the database takes the command may be nothing, which is no list in SQL.
    const names = [...held];
    if (names.length === 0) return;
    await database.write((tx) =>
      tx
        .updateTable('locks')
        .set({ expires_at: sql`${now} + ${leaseMs}` })
        .where('holder', '=', holder)
        .where('name', 'in', names)
        .execute(),
    );
  };
  const timer = setInterval(() => extend().catch(onError), leaseMs / EXTENSIONS).unref();
  const release = async (name: string): Promise<void> => {
    held.delete(name);
    await database.write((tx) =>
      tx.deleteFrom('locks').where('name', '=', name).where('holder', '=', holder).execute(),
    );
  };
  return {
    acquire: async (name, waitMs) => {
      const deadline = Date.now() + waitMs;
      const releaseLocal = await local.acquire(name, waitMs);
      if (releaseLocal === undefined) return undefined;
      try {
        for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)) {
          if (await tryToTake(database, { name, holder, leaseMs })) break;
          if (Date.now() + retryMs > deadline) {
            releaseLocal();
            return undefined;
          }
          await new Promise((resolve) => setTimeout(resolve, retryMs * (0.5 + Math.random() / 2)));
        }
      } catch (error) {
        releaseLocal();
        throw error;
      }
      held.add(name);
      return () => {
        // Where the database is away the lease ends by itself.
        void release(name).catch(onError).finally(releaseLocal);
      };
    },
    close: async () => {
      clearInterval(timer);
      await Promise.all([...held].map(release)).catch(onError);
    },
  };
}

async function tryToTake(
  database: Database<ControlPlaneSchema>,
  { name, holder, leaseMs }: { readonly name: string; readonly holder: string; readonly leaseMs: number },
): Promise<boolean> {
  const now = sql.raw<number>(database.capabilities.clockText);
  const expiry = sql<number>`${now} + ${leaseMs}`;
  const taken = await database.write((tx) =>
    tx
      .insertInto('locks')
      .values({ name, holder, expires_at: expiry })
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet({ holder, expires_at: expiry }).where('locks.expires_at', '<=', now),
      )
      .returning('name')
      .execute(),
  );
  return taken.length > 0;
}
