import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';

/** One leaf of the suite that did not pass. */
export interface ImperfectCase {
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

export interface SuiteResults {
  readonly tests: number;
  readonly passed: number;
  readonly failed: number;
  readonly errors: number;
  readonly skipped: number;
  readonly disabled: number;
  readonly imperfect: readonly ImperfectCase[];
  /** Interfaces and data sets that the suite lists as anything but passed: a data set switched off is in no count. */
  readonly unproven: readonly string[];
}

/** Whether nothing failed, and nothing was left out either. */
export function isPerfect(results: SuiteResults): boolean {
  const blemishes = results.failed + results.errors + results.skipped + results.disabled;
  return results.tests > 0 && blemishes === 0 && results.imperfect.length === 0 && results.unproven.length === 0;
}

/**
 * Reads `junit.xml` and `results.yaml` of a run.
 * @throws Error when the suite wrote none: with a configuration that it cannot read it ends with 0 and writes nothing
 */
export async function readSuiteResults(folder: string): Promise<SuiteResults> {
  const junit = await readFile(path.join(folder, 'junit.xml'), 'utf8');
  const summary: unknown = parse(await readFile(path.join(folder, 'results.yaml'), 'utf8'));
  return parseSuiteResults(junit, summary);
}

export function parseSuiteResults(junit: string, summary: unknown): SuiteResults {
  const root = /<testsuites\b[^>]*>/.exec(junit)?.[0];
  if (root === undefined) throw new Error('junit.xml has no <testsuites>');
  // The suite leaves out an attribute that would be 0.
  const count = (name: string): number => Number(readAttribute(root, name) ?? 0);
  const counts = {
    tests: count('tests'),
    failed: count('failures'),
    errors: count('errors'),
    skipped: count('skipped'),
    disabled: count('disabled'),
  };
  return {
    ...counts,
    passed: counts.tests - counts.failed - counts.errors - counts.skipped - counts.disabled,
    imperfect: listImperfectCases(junit),
    unproven: ['apis', 'data'].flatMap((section) => listUnproven(section, summary)),
  };
}

function listImperfectCases(junit: string): readonly ImperfectCase[] {
  const cases = [...junit.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)];
  return cases
    .map(([, attributes = '', body = '']) => ({
      name: readAttribute(attributes, 'name') ?? '(without a name)',
      status: readAttribute(attributes, 'status') ?? 'unknown',
      message: decodeEntities(/<system-out>([\s\S]*?)<\/system-out>/.exec(body)?.[1] ?? ''),
    }))
    .filter((one) => one.status !== 'passed');
}

function listUnproven(section: string, summary: unknown): readonly string[] {
  if (typeof summary !== 'object' || summary === null) throw new Error('results.yaml holds no mapping');
  const entries: unknown = Object.entries(summary).find(([name]) => name === section)?.[1];
  if (typeof entries !== 'object' || entries === null) throw new Error(`results.yaml has no section ${section}`);
  return Object.entries(entries)
    .filter(([, status]) => String(status).toLowerCase() !== 'pass')
    .map(([name, status]) => `${name}: ${String(status)}`);
}

function readAttribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : decodeEntities(value);
}

const NAMED_ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, named?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return NAMED_ENTITIES[named ?? ''] ?? whole;
  });
}
