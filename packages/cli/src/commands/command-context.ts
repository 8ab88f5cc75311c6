import type { Command } from 'commander';
import type { Runtime } from '../runtime.ts';
import type { Session } from '../session.ts';

/** What the builder of a command is given. */
export interface CommandContext {
  readonly runtime: Runtime;
  /** Reads the flags of the command and those before it. */
  openSession(command: Command): Session;
  /** Sets the exit code of a command that has no error to show, such as a server process that ended by itself. */
  setExitCode(exitCode: number): void;
}
