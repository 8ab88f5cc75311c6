import type { JobLogLine } from './job-reads.ts';

/** The lines as text, one a line with its instant; says so when older ones are gone. */
export function renderJobLog(lines: readonly JobLogLine[]): string {
  const [first] = lines;
  const gone = first === undefined ? 0 : first.line - 1;
  const note = gone > 0 ? `(${gone} earlier ${gone === 1 ? 'line is' : 'lines are'} no longer kept)\n` : '';
  return note + lines.map(({ at, text }) => `${new Date(at).toISOString()} ${text}\n`).join('');
}
