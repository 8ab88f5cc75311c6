import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DaemonOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Asked until it is true. */
  isReady(): Promise<boolean>;
}

const readyLimitSeconds = 40;
const stopLimitSeconds = 15;
const running = new Set<Daemon>();

/** An engine that a suite starts and ends. */
export class Daemon {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    running.add(this);
  }

  static async start(program: string, args: readonly string[], options: DaemonOptions): Promise<Daemon> {
    const log = openSync(options.logFile, 'w');
    const child = spawn(program, args, { env: options.env, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    const daemon = new Daemon(child);
    for (const begun = performance.now(); performance.now() - begun < readyLimitSeconds * 1000; await sleep(200)) {
      if (child.exitCode !== null || child.pid === undefined) break;
      if (await options.isReady()) return daemon;
    }
    await daemon.stop();
    const lines = readFileSync(options.logFile, 'utf8').trimEnd().split('\n').slice(-20);
    throw new Error(`${program} did not get ready:\n${lines.join('\n')}`);
  }

  /** Asks it to end, and insists after a while. */
  async stop(): Promise<void> {
    running.delete(this);
    if (this.#child.pid === undefined || this.#child.exitCode !== null) return;
    this.#child.kill('SIGTERM');
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), stopLimitSeconds * 1000);
    await this.#ended;
    clearTimeout(insist);
  }

  /** Stops every engine that still runs: for an interrupted run. */
  static async stopAll(): Promise<void> {
    await Promise.all([...running].map((daemon) => daemon.stop()));
  }
}
