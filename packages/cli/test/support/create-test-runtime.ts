import { PassThrough } from 'node:stream';
import type { Runtime } from '../../src/runtime.ts';

export interface TestRuntime {
  readonly runtime: Runtime;
  /** Everything written so far. */
  readonly output: { stdout: string; stderr: string };
  readonly stdin: PassThrough;
  /** The pauses that were asked for; none is waited for. */
  readonly pausesMs: number[];
}

/** A runtime without a terminal, whose time stands still. */
export function createTestRuntime(overrides: Partial<Runtime> = {}): TestRuntime {
  const output = { stdout: '', stderr: '' };
  const pausesMs: number[] = [];
  const stdin = new PassThrough();
  const runtime: Runtime = {
    env: {},
    hostname: () => 'test-machine',
    stdin,
    stdout: {
      write: (text) => {
        output.stdout += String(text);
      },
    },
    stderr: {
      write: (text) => {
        output.stderr += String(text);
      },
    },
    fetch: globalThis.fetch,
    nowMs: () => 0,
    random: () => 0,
    sleepMs: async (ms) => {
      pausesMs.push(ms);
    },
    tls: { addTrustedCertificates() {}, addSystemCertificates() {}, trustAnything() {} },
    ...overrides,
  };
  return { runtime, output, stdin, pausesMs };
}
