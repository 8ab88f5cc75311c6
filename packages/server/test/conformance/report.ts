/** One row of the table: a suite at one place. */
export interface ReportRow {
  /** Database and blob storage. */
  readonly place: string;
  readonly suite: string;
  readonly counts: Counts | undefined;
  /** What did not pass, or why nothing ran; one entry a line. */
  readonly findings: readonly string[];
  /** Whether everything ran and passed. */
  readonly clean: boolean;
}

export interface Counts {
  readonly tests: number;
  readonly passed: number;
  readonly failed: number;
  readonly errors: number;
  readonly skipped: number;
  readonly disabled: number;
}

const COLUMNS = ['tests', 'passed', 'failed', 'errors', 'skipped', 'disabled'] as const;

/** The table in Markdown, which reads well on a terminal too, and below it everything that is not clean. */
export function renderReport(rows: readonly ReportRow[], heading: string): string {
  const header = ['place', 'suite', ...COLUMNS];
  const lines = rows.map(({ place, suite, counts }) => [
    place,
    suite,
    ...COLUMNS.map((column) => (counts === undefined ? 'NOT RUN' : String(counts[column]))),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...lines].map((line) => line[column]?.length ?? 0)));
  const render = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = render(widths.map((width) => '-'.repeat(width)));
  const findings = rows
    .filter((row) => row.findings.length > 0)
    .flatMap((row) => ['', `## ${row.place}, ${row.suite}`, '', ...row.findings.map((finding) => `- ${finding}`)]);
  return `${[heading, '', render(header), rule, ...lines.map(render), ...findings].join('\n')}\n`;
}

/** The sum for the last line. What was skipped, disabled or not run counts as failed: a claim needs all of it. */
export function sumUp(rows: readonly ReportRow[]): { readonly passed: number; readonly failed: number } {
  let passed = 0;
  let failed = 0;
  for (const { counts, clean } of rows) {
    passed += counts?.passed ?? 0;
    const short = counts === undefined ? 0 : counts.tests - counts.passed;
    failed += short === 0 && !clean ? 1 : short;
  }
  return { passed, failed };
}
