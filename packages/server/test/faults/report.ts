import type { ClassResult } from './fault-class.ts';
import { findClassFaults } from './run-class.ts';

/** A planted defect and whether its class saw it. */
export interface DefectResult {
  readonly className: string;
  readonly name: string;
  /** What the class said about it; empty when it saw nothing. */
  readonly findings: readonly string[];
}

const MAX_SHOWN_FAILURES = 12;
const MAX_SHOWN_CHARACTERS = 360;

/** One line for each class. */
export function renderTable(results: readonly ClassResult[]): string {
  const head = [
    'class',
    'corpus',
    'cases',
    'requests',
    'unexpected',
    '5xx',
    'state changes',
    'probe p99',
    'loop p99',
    'contention',
    'time',
  ];
  const rows = results.map((result) => [
    result.name,
    `${result.corpusSize} ${result.unit}`,
    String(result.caseCount),
    String(result.requestCount),
    String(result.failures.length),
    String(result.serverErrorCount),
    String(result.stateChanges.length),
    `${result.probeP99Ms.toFixed(1)} ms`,
    result.loopDelayP99Ms === undefined ? 'unknown' : `${result.loopDelayP99Ms.toFixed(1)} ms`,
    result.contention.toFixed(1),
    `${result.seconds.toFixed(1)} s`,
  ]);
  return renderColumns([head, ...rows]);
}

function renderColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What was wrong, shortened; the whole is in a file. */
export function renderFailures(result: ClassResult): string {
  const shown = result.failures.slice(0, MAX_SHOWN_FAILURES).map((failure) => `  ${shorten(failure)}`);
  const more = result.failures.length - shown.length;
  const faults = findClassFaults(result).map((fault) => `  ${shorten(fault)}`);
  if (shown.length + faults.length === 0) return '';
  return [`${result.name}:`, ...faults, ...shown, ...(more > 0 ? [`  and ${more} more`] : []), ''].join('\n');
}

/** What the cases measured. */
export function renderNotes(results: readonly ClassResult[]): string {
  return results.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`)).join('\n');
}

export function renderDefects(results: readonly DefectResult[]): string {
  return results
    .map(({ className, name, findings: [first] }) => {
      const outcome = first === undefined ? 'NOT SEEN' : `seen: ${shorten(first)}`;
      return `planted in ${className}: ${name}\n  ${outcome}`;
    })
    .join('\n');
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > MAX_SHOWN_CHARACTERS ? `${line.slice(0, MAX_SHOWN_CHARACTERS)}…` : line;
}

/** Every case is one, and so is every promise of a class beside its cases, and every planted defect. */
export function sumUp(
  results: readonly ClassResult[],
  defects: readonly DefectResult[],
): { readonly passed: number; readonly failed: number } {
  let passed = 0;
  let failed = 0;
  for (const result of results) {
    failed += result.failures.length + findClassFaults(result).length;
    passed += result.caseCount - result.failures.length;
  }
  for (const { findings } of defects) {
    if (findings.length > 0) passed += 1;
    else failed += 1;
  }
  return { passed, failed };
}
