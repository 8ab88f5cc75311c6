import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { LoadResult, LoadTask } from './load-task.ts';

export type LoadCall =
  | { readonly kind: 'prepare'; readonly task: LoadTask }
  | { readonly kind: 'run' }
  | { readonly kind: 'close' };

export type LoadReply =
  | { readonly kind: 'done' }
  | { readonly kind: 'result'; readonly result: LoadResult }
  | { readonly kind: 'error'; readonly message: string };

const WORKER = path.join(import.meta.dirname, 'worker.ts');
const CALL_LIMIT_MS = 10 * 60_000;

/** The load generator: a process of its own, so that its work and the measuring do not mix. */
export class LoadProcess {
  readonly #child: ChildProcess;

  /** @param cores as `taskset -c` takes them */
  constructor(cores: string) {
    const args = ['-c', cores, process.execPath, WORKER];
    this.#child = spawn('taskset', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  /**
   * Opens connections, makes content, warms up: everything that is not timed. A load prepared before is closed.
   * @throws Error when the server does not answer as it must
   */
  async prepare(task: LoadTask): Promise<void> {
    await this.#call({ kind: 'prepare', task });
  }

  /** @throws Error when the server does not answer as it must */
  async run(): Promise<LoadResult> {
    const reply = await this.#call({ kind: 'run' });
    if (reply.kind !== 'result') throw new Error('the load generator gave no result');
    return reply.result;
  }

  /** Closes the connections of the load. */
  async close(): Promise<void> {
    await this.#call({ kind: 'close' });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await exited;
  }

  #call(call: LoadCall): Promise<LoadReply> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(limit);
        this.#child.off('message', onMessage).off('exit', onExit).off('error', onError);
        end();
      };
      const onMessage = (reply: LoadReply): void =>
        settle(() => (reply.kind === 'error' ? reject(new Error(reply.message)) : resolve(reply)));
      const onExit = (): void => settle(() => reject(new Error('the load generator ended')));
      const onError = (error: Error): void => settle(() => reject(error));
      const limit = setTimeout(() => {
        settle(() => reject(new Error(`the load took more than ${CALL_LIMIT_MS / 60_000} minutes`)));
      }, CALL_LIMIT_MS);
      this.#child.on('message', onMessage).on('exit', onExit).on('error', onError);
      this.#child.send(call, (error) => error && onError(error));
    });
  }
}
