import { renderContradiction } from '../support/register/render-contradiction.ts';
import type { Check, JudgedRun } from './judge-run.ts';
import type { PlantedResult } from './planted/run-planted.ts';

/** The figures of a run, as `--json` prints them. */
export interface Summary {
  readonly database: string;
  readonly processes: number;
  readonly seed: number;
  readonly operations: number;
  readonly histories: number;
  readonly longHistories: number;
  readonly clientsPerTag: number;
  readonly unknownOutcomes: number;
  readonly overlappingPercent: number;
  readonly kills: number;
  readonly loadSeconds: number;
  readonly operationsPerSecond: number;
  readonly checkSeconds: number;
  readonly visitsPerOperation: number;
  readonly notLinearizable: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly planted: readonly {
    readonly name: string;
    readonly histories: number;
    readonly planted: number;
    readonly caught: number;
  }[];
  readonly checks: readonly Check[];
  readonly passed: number;
  readonly failed: number;
}

const MAX_SHOWN = 5;

export function renderReport(summary: Summary, run: JudgedRun, planted: readonly PlantedResult[]): string {
  return [
    renderFigures(summary),
    '',
    ...Object.entries(summary.answers).map(([answer, count]) => `  ${String(count).padStart(8)}  ${answer}`),
    '',
    ...renderContradictions(run),
    ...planted.flatMap(renderPlanted),
    '',
    ...summary.checks.map(renderCheck),
  ].join('\n');
}

function renderFigures(summary: Summary): string {
  const { operations, histories, longHistories, clientsPerTag, unknownOutcomes, kills } = summary;
  return [
    `${operations} operations on ${histories} tags (${longHistories} long histories), ${clientsPerTag} clients each`,
    `${unknownOutcomes} of unknown outcome; ${summary.overlappingPercent.toFixed(0)} % overlap with another client's change`,
    `${summary.operationsPerSecond.toFixed(0)} operations a second for ${summary.loadSeconds.toFixed(1)} s, ${kills} kills`,
    `checked in ${summary.checkSeconds.toFixed(1)} s, ${summary.visitsPerOperation.toFixed(2)} visits for each operation`,
    `${summary.notLinearizable} of ${histories} histories are not linearizable`,
  ].join('\n');
}

function renderContradictions({ histories }: JudgedRun): readonly string[] {
  const contradictory = histories.flatMap(({ history, contradiction }) =>
    contradiction === undefined ? [] : [{ name: history.name, contradiction }],
  );
  return contradictory
    .slice(0, MAX_SHOWN)
    .flatMap(({ name, contradiction }) => [
      `${name} is NOT LINEARIZABLE: these cannot all be true, whatever the others did`,
      indent(renderContradiction(contradiction)),
      '',
    ]);
}

function renderPlanted({ name, historyCount, plantedCount, caughtCount, example }: PlantedResult): readonly string[] {
  const figures = `planted in ${plantedCount} of ${historyCount} histories, right in ${caughtCount}`;
  return [`planted: ${name}: ${figures}`, ...(example === undefined ? [] : [indent(renderContradiction(example))])];
}

function renderCheck({ name, findings }: Check): string {
  const shown = findings.slice(0, MAX_SHOWN).map((finding) => `\n    ${finding}`);
  const more = findings.length > MAX_SHOWN ? `\n    and ${findings.length - MAX_SHOWN} more` : '';
  return `${findings.length === 0 ? 'ok    ' : 'FAILED'} ${name}${shown.join('')}${more}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
