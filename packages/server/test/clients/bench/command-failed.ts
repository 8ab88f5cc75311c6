import type { Outcome } from './run-command.ts';

const shownLines = 20;

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-shownLines).join('\n');
}

/** A client did not do what the cell expects of it; the message carries what a reader needs to repeat it. */
export class CommandFailed extends Error {
  constructor(expectation: string, outcome: Outcome) {
    const output = lastLines([outcome.stdout, outcome.stderr].filter((text) => text !== '').join('\n'));
    super(`${expectation}\n$ ${outcome.command}\nexit code ${outcome.exitCode ?? 'none (signal)'}\n${output}`);
    this.name = 'CommandFailed';
  }
}
