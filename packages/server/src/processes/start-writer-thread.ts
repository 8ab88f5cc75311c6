import { Worker } from 'node:worker_threads';
import type { DatabaseConfig } from '../databases.ts';
import { DatabaseUnavailableError } from '../drivers/database/database.ts';
import { threadModule } from '../kernel/thread-module.ts';
import { CallChannel } from './call-channel.ts';

export interface WriterThread {
  readonly channel: CallChannel;
  /** Ends the thread; the databases that it had open were closed by their users. */
  close(): Promise<void>;
}

/**
 * Starts the thread of the SQLite writer.
 * @param onDeath told when it ends by itself: without a writer the server cannot go on
 */
export function startWriterThread(
  { dataDir, databaseUrl, databaseConnections }: DatabaseConfig,
  onDeath: (error: Error) => void,
): WriterThread {
  const worker = new Worker(threadModule(import.meta.url, 'writer-thread'), {
    name: 'sqlite-writer',
    workerData: { dataDir, databaseUrl, databaseConnections },
  });
  const channel = new CallChannel({
    post: (messages) => worker.postMessage(messages),
    onMessage: (listener) => worker.on('message', listener),
  });
  let isClosing = false;
  const die = (cause: unknown) => {
    channel.end(new DatabaseUnavailableError(cause));
    if (!isClosing) onDeath(new Error('the thread of the database writer has ended', { cause }));
  };
  worker.once('error', die);
  worker.once('exit', (code) => die(new Error(`it ended with code ${code}`)));
  return {
    channel,
    close: async () => {
      isClosing = true;
      await worker.terminate();
    },
  };
}
