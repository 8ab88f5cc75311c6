import { CommandFailed } from '../bench/command-failed.ts';
import { type Outcome, runCommand } from '../bench/run-command.ts';

const limitSeconds = 45 * 60;

export interface StepOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs one command of the set-up in the caller's own environment; throws when it fails. */
export async function runStep(program: string, args: readonly string[], options: StepOptions = {}): Promise<Outcome> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) inherited[name] = value;
  const { env, ...rest } = options;
  const outcome = await runCommand(program, args, { ...rest, env: { ...inherited, ...env }, limitSeconds });
  if (outcome.exitCode !== 0) throw new CommandFailed('a step of the set-up failed', outcome);
  return outcome;
}
