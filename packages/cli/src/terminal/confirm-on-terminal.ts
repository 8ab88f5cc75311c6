import { CliError, usageError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { askOnTerminal } from './read-password.ts';

export interface Confirmation {
  /** The command's name: `gc purge`. */
  readonly command: string;
  /** What will happen, as lines. */
  readonly consequence: string;
  /** Ends with a question mark. */
  readonly question: string;
}

/** @throws CliError usage, when there is no terminal to ask on */
export function assertCanAsk({ runtime, printer }: Session, { command }: Pick<Confirmation, 'command'>): void {
  if (runtime.stdin.isTTY && !printer.json) return;
  throw usageError(`${command} asks before it removes anything, and there is no terminal to ask on`, 'add --yes');
}

/** @throws CliError unless the answer is yes */
export async function confirmOnTerminal(session: Session, confirmation: Confirmation): Promise<void> {
  assertCanAsk(session, confirmation);
  const { runtime, printer } = session;
  printer.note(confirmation.consequence);
  const answer = await askOnTerminal(runtime, `${confirmation.question} [y/N] `, { hidden: false });
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError(EXIT_CODE.failure, 'nothing was removed');
}
