import { LocalLocks } from '../kernel/locks.ts';
import type { CallHandler } from './call-channel.ts';

/** The locks that the processes of one server share, kept by the primary. */
export interface LockHost {
  createSession(): LockSession;
}

export interface LockSession {
  readonly handlers: Readonly<Record<string, CallHandler>>;
  /** The process has ended, and with it all of its work: what it held is free. */
  end(): void;
}

export function createLockHost(): LockHost {
  const locks = new LocalLocks();
  return {
    createSession: () => {
      const held = new Map<string, () => void>();
      let isEnded = false;
      const release = (name: string) => {
        held.get(name)?.();
        held.delete(name);
      };
      return {
        handlers: {
          acquireLock: async ({ name, waitMs }: { readonly name: string; readonly waitMs: number }) => {
            const free = await locks.acquire(name, waitMs);
            if (free === undefined) return false;
            // It ended while it was waiting.
            if (isEnded) free();
            else held.set(name, free);
            return true;
          },
          releaseLock: async (name: string) => release(name),
        },
        end: () => {
          isEnded = true;
          for (const name of [...held.keys()]) release(name);
        },
      };
    },
  };
}
