const MAX_LINE_LENGTH = 2_000;
const MAX_ERROR_LENGTH = 4_000;

/** The lines of a text as the log keeps them. */
export function toLines(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) => clean(line, MAX_LINE_LENGTH));
}

/** An error's text as a job keeps it. */
export function toErrorText(text: string): string {
  return clean(text, MAX_ERROR_LENGTH);
}

/** What an error says; its stack is for the server's own log. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? error.name : error.message;
}

/** No engine takes every character: PostgreSQL refuses NUL, neither has halves of characters. */
function clean(text: string, maxLength: number): string {
  const whole = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return whole.replaceAll('\0', '\ufffd').toWellFormed();
}
