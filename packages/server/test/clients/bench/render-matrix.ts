import { artifactShapes } from './artifact-shape.ts';
import type { ClientSuite } from './client-suite.ts';
import { harborOperations } from './harbor-operation.ts';
import { type Operation, operations } from './operation.ts';
import type { CellResult } from './run-matrix.ts';
import { terraformResources } from './terraform-resource.ts';

const marks = { passed: '✓', failed: '✗', 'left out': '–', 'not served': '○' } as const;

function title(suite: ClientSuite): string {
  return `${suite.client} ${suite.version}`;
}

/**
 * The matrices as Markdown, of the registry clients, of the clients of Harbor's API of its Terraform provider, and
 * of the kinds of artifacts: an operation a line, a client a column; an empty
 * cell is what the client cannot do.
 */
export function renderMatrix(suites: readonly ClientSuite[], results: readonly CellResult[]): string {
  return [operations, harborOperations, terraformResources, artifactShapes]
    .map((rows) => renderTable(rows, suites, results))
    .filter((table) => table !== '')
    .join('\n');
}

function renderTable(
  rows: readonly Operation[],
  suites: readonly ClientSuite[],
  results: readonly CellResult[],
): string {
  const able = suites.filter((suite) => suite.operations.some((operation) => rows.includes(operation)));
  if (able.length === 0) return '';
  const shown = rows.filter((operation) => able.some((suite) => suite.operations.includes(operation)));
  const cell = (suite: ClientSuite, operation: string): string => {
    const result = results.find((candidate) => candidate.suite === suite && candidate.operation === operation);
    return result ? marks[result.state] : '';
  };
  const lines = shown.map((operation) => [operation, ...able.map((suite) => cell(suite, operation))]);
  const header = ['', ...able.map(title)];
  const ruler = header.map((_column, at) => (at === 0 ? '---' : ':-:'));
  return `${[header, ruler, ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`;
}
