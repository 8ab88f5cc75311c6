import type { Contradiction } from './find-contradiction.ts';
import type { RegisterOperation } from './register-operation.ts';

const NS_PER_MS = 1e6;
const SHORT_DIGEST_LENGTH = 12;

/** A line for each operation, in the order of calls; times in milliseconds from the first call on. */
export function renderContradiction({ essential, writers }: Contradiction): string {
  const operations = [...essential, ...writers].sort((a, b) => a.calledAtNs - b.calledAtNs);
  const startNs = operations[0]?.calledAtNs ?? 0;
  const toMs = (atNs: number): string =>
    Number.isFinite(atNs) ? ((atNs - startNs) / NS_PER_MS).toFixed(3) : 'unknown';
  const cells = operations.map(({ client, calledAtNs, returnedAtNs }) => [
    `${toMs(calledAtNs)} to ${toMs(returnedAtNs)} ms`,
    `client ${client}`,
  ]);
  const widths = [0, 1].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return operations
    .map((operation, row) => {
      const [time = '', client = ''] = cells[row] ?? [];
      const note = writers.includes(operation) ? '   (answered or not)' : '';
      return `${time.padEnd(widths[0] ?? 0)}  ${client.padEnd(widths[1] ?? 0)}  ${shorten(operation)}${note}`;
    })
    .join('\n');
}

function shorten({ text }: RegisterOperation): string {
  return text.replace(/sha256:([0-9a-f]{64})/g, (_, hex: string) => hex.slice(0, SHORT_DIGEST_LENGTH));
}
