import { setTimeout as wait } from 'node:timers/promises';
import type { Outcome } from '../bench/run-command.ts';
import { runStep, type StepOptions } from './run-step.ts';

const WAITS_SECONDS = [10, 30, 90];

/** As `runStep`, for a step that fetches something: package registries fail for a moment now and then. */
export async function runDownload(
  program: string,
  args: readonly string[],
  options: StepOptions = {},
): Promise<Outcome> {
  for (const seconds of WAITS_SECONDS) {
    try {
      return await runStep(program, args, options);
    } catch (error) {
      console.log(`${program} ${args[0] ?? ''} failed and is tried again in ${seconds} s: ${String(error)}`);
      await wait(seconds * 1_000);
    }
  }
  return runStep(program, args, options);
}
