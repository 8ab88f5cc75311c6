import type { ClientSuite } from './client-suite.ts';
import { operations } from './operation.ts';
import type { CellResult } from './run-matrix.ts';

const marks = { passed: '✓', failed: '✗', 'left out': '–' } as const;

function title(suite: ClientSuite): string {
  return `${suite.client} ${suite.version}`;
}

/** The matrix as Markdown: an operation a line, a client a column; an empty cell is what the client cannot do. */
export function renderMatrix(suites: readonly ClientSuite[], results: readonly CellResult[]): string {
  const shown = operations.filter((operation) => suites.some((suite) => suite.operations.includes(operation)));
  const cell = (suite: ClientSuite, operation: string): string => {
    const result = results.find((candidate) => candidate.suite === suite && candidate.operation === operation);
    return result ? marks[result.state] : '';
  };
  const lines = shown.map((operation) => [operation, ...suites.map((suite) => cell(suite, operation))]);
  const header = ['', ...suites.map(title)];
  const ruler = header.map((_column, at) => (at === 0 ? '---' : ':-:'));
  return `${[header, ruler, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`;
}
