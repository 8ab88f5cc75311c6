import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { threadModule } from '../kernel/thread-module.ts';
import type { Argon2Cost } from './password-hash-format.ts';

/** What a deriver is asked for, one at a time. */
export interface DeriveKeyJob {
  readonly id: number;
  readonly password: string;
  readonly salt: Uint8Array;
  readonly cost: Argon2Cost;
  readonly keyBytes: number;
}

/** What it answers. */
export interface DerivedKey {
  readonly id: number;
  readonly key: Uint8Array;
}

/** `gives-way`: it computes when nobody else on the machine wants the core. */
export type Manner = 'ordinary' | 'gives-way';

/** Computes keys elsewhere: in a thread, or in a process of its own. */
export interface Deriver {
  post(job: DeriveKeyJob): void;
  /** Whether it keeps this process alive. */
  hold(isNeeded: boolean): void;
  end(): Promise<void>;
}

export interface DeriverEvents {
  readonly onAnswer: (answer: DerivedKey) => void;
  /** Called at least once when it ends, however it does. */
  readonly onEnd: (error: unknown) => void;
}

/** None of the settings, some of which are secrets. The C library keeps what each password needs, instead of asking for it again. */
const PROCESS_ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: '33554432', MALLOC_TRIM_THRESHOLD_: '67108864' };

/**
 * Whoever gives way has a process of its own: the system interrupts it anywhere, and a thread that is interrupted while it gives
 * memory back holds the lock of this process's memory, for which everybody else in it would wait.
 */
export function startDeriver(manner: Manner, events: DeriverEvents): Deriver {
  const module = threadModule(import.meta.url, 'derive-keys');
  return manner === 'ordinary' ? startThread(module, events) : startProcess(fileURLToPath(module), events);
}

function startThread(module: URL, { onAnswer, onEnd }: DeriverEvents): Deriver {
  const worker = new Worker(module, { execArgv: [] });
  worker.on('message', onAnswer);
  worker.on('error', onEnd);
  worker.on('exit', () => onEnd(new Error('a password thread ended')));
  return {
    post: (job) => worker.postMessage(job),
    hold: (isNeeded) => (isNeeded ? worker.ref() : worker.unref()),
    end: async () => void (await worker.terminate()),
  };
}

function startProcess(module: string, { onAnswer, onEnd }: DeriverEvents): Deriver {
  const child = fork(module, { execArgv: [], serialization: 'advanced', env: PROCESS_ENVIRONMENT, stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
  child.on('message', (answer: DerivedKey) => onAnswer(answer));
  child.on('error', onEnd);
  child.on('exit', () => onEnd(new Error('a password process ended')));
  return {
    // Where it has ended already, `exit` tells.
    post: (job) => void child.send(job, () => {}),
    hold(isNeeded) {
      if (isNeeded) child.ref();
      else child.unref();
      if (isNeeded) child.channel?.ref();
      else child.channel?.unref();
    },
    async end() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
