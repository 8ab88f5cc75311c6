import { HttpConnection } from './http-connection.ts';
import type { LoadTarget } from './load-task.ts';

const TICK_MS = 1;
const MAX_WAITING = 512;

/** Stand for a status where there was none: the connection was lost, or the request was never sent. */
const UNANSWERED = 0;
const UNSENT = -1;

/** What became of requests that were sent at a rate. */
export interface RateResult {
  /** From the moment in which each was due. */
  readonly durationsMs: readonly number[];
  readonly statuses: Readonly<Record<string, number>>;
}

/**
 * Sends a request so many times a second, whether or not those before have been answered.
 * @param requestOf the whole request with this number
 * @param signal ends it
 */
export async function sendAtRate(
  target: LoadTarget,
  perSecond: number,
  requestOf: (index: number) => string,
  signal: AbortSignal,
): Promise<RateResult> {
  const idle: HttpConnection[] = [];
  const opened = new Set<HttpConnection>();
  const durationsMs: number[] = [];
  const statuses: Record<string, number> = {};
  const waiting = new Set<Promise<void>>();
  const count = (status: number) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  const ask = async (index: number, dueAt: number) => {
    let status = UNANSWERED;
    try {
      const connection = idle.pop() ?? (await HttpConnection.open(target));
      opened.add(connection);
      ({ status } = await connection.ask(requestOf(index)));
      idle.push(connection);
    } catch {
      // The connection is gone: its request counts as unanswered.
    }
    durationsMs.push(performance.now() - dueAt);
    count(status);
  };
  const startedAt = performance.now();
  for (let sent = 0; !signal.aborted; ) {
    const due = startedAt + (sent * 1_000) / perSecond;
    if (performance.now() < due) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      continue;
    }
    sent += 1;
    // A machine that cannot keep up must not be buried under what it has missed.
    if (waiting.size >= MAX_WAITING) {
      count(UNSENT);
      continue;
    }
    const asked: Promise<void> = ask(sent, due).finally(() => waiting.delete(asked));
    waiting.add(asked);
  }
  await Promise.all(waiting);
  for (const connection of opened) connection.close();
  return { durationsMs, statuses };
}
