import type { CostCell } from './measure-costs.ts';

const TITLES: Readonly<Record<CostCell['place'], string>> = {
  sqlite: 'SQLite, 1 node',
  postgres: 'PostgreSQL, 1 node',
  's3-1': 'PostgreSQL + S3, 1 node',
  's3-2': '2 nodes',
  's3-3': '3 nodes',
};

/** A row for each kind of request; in each cell the nodes' CPU time, PostgreSQL's, and the statements. */
export function renderCosts(cells: readonly CostCell[]): string {
  const places = [...new Set(cells.map(({ place }) => place))];
  const requests = [...new Set(cells.map(({ request }) => request))];
  const lines = [
    'CPU time of a request in µs: of the nodes + of PostgreSQL (statements).',
    '',
    `| | ${places.map((place) => TITLES[place]).join(' | ')} |`,
    `|---|${places.map(() => '---:').join('|')}|`,
    ...requests.map((request) => {
      const row = places.map((place) =>
        showCell(cells.find((cell) => cell.place === place && cell.request === request)),
      );
      return `| ${request} | ${row.join(' | ')} |`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function showCell(cell: CostCell | undefined): string {
  if (cell === undefined) return '–';
  const own = cell.nodeMicroseconds.toFixed(0);
  if (cell.databaseMicroseconds === undefined || cell.statements === undefined) return own;
  return `${own} + ${cell.databaseMicroseconds.toFixed(0)} (${cell.statements.toFixed(1)})`;
}
