import type { Recorder } from '../ledger/ledger.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Catalogue } from './catalogue.ts';
import { type HttpClient, NoAnswerError } from './http-client.ts';
import { LoadWorker } from './load-worker.ts';
import { RegistryWrites } from './registry-writes.ts';

export interface LoadOptions {
  readonly client: HttpClient;
  readonly recorder: Recorder;
  readonly catalogue: Catalogue;
  readonly random: SeededRandom;
  readonly workerCount: number;
  /** Told of answers that nothing explains, and of lost connections while the server should live. */
  readonly complain: (what: string) => void;
}

/** Several clients at work on one server. */
export interface RunningLoad {
  /** From now on it is no wonder when connections end. */
  expectTheEnd(): void;
  /** Waits until each client has ended its step, or has lost the server. */
  stop(): Promise<void>;
}

export function startLoad({ client, recorder, catalogue, random, workerCount, complain }: LoadOptions): RunningLoad {
  let isOver = false;
  let isEndExpected = false;
  const writes = new RegistryWrites(client, recorder);
  const policy = { retriesFailures: false, complain };
  const run = async (): Promise<void> => {
    const name = `${random.below(1e9)} ${random.below(1e9)}`;
    const worker = new LoadWorker({ name, writes, catalogue, random, policy });
    try {
      await worker.run(() => isOver);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      if (!isEndExpected) complain(error.message);
    }
  };
  const running = Promise.all(Array.from({ length: workerCount }, run));
  // It may fail long before anybody waits for it.
  running.catch(() => undefined);
  return {
    expectTheEnd: () => {
      isEndExpected = true;
    },
    stop: async () => {
      isOver = true;
      await running;
    },
  };
}
