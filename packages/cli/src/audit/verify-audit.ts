import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type AuditReport, AuditVerifier, parseVerifierKey, type VerifierKey } from '@roadstead/archive';
import { CliError, notFoundError, usageError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { plural } from '../operations/render-collection.ts';
import type { Session } from '../session.ts';

export interface VerifyOptions {
  readonly key: readonly string[];
  readonly witness: readonly string[];
}

/** `audit verify`. @throws CliError VERIFICATION when anything is not as it was logged */
export async function verifyAudit(session: Session, file: string, options: VerifyOptions): Promise<void> {
  const keys: VerifierKey[] = [];
  for (const each of options.key) keys.push(...(await readKeys(each)));
  const witnesses: string[] = [];
  for (const each of options.witness) witnesses.push(await readText(each));
  const verifier = new AuditVerifier({ keys, ...(witnesses.length === 0 ? {} : { witnesses }) });
  const input = file === '-' ? session.runtime.stdin : createReadStream(file);
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) verifier.addLine(line);
  } catch (cause) {
    throw explainUnreadable(file, cause);
  }
  const report = verifier.finish();
  session.printer.result({
    json: { file, ...report },
    text: () => renderReport(report),
    quiet: () => report.findings.map(({ text }) => text).join('\n'),
  });
  if (report.isWhole) return;
  const count = report.findings.length + report.moreFindings;
  throw new CliError(
    EXIT_CODE.verification,
    `the audit log is not as it was logged: ${plural(count, 'finding', 'findings')}`,
    {
      remedy: 'keep this file and the witnesses as they are, and find out who could write to the database',
    },
  );
}

function renderReport(report: AuditReport): string {
  const { findings, moreFindings, limits } = report;
  const source = report.keySource === 'given' ? 'the one you gave' : 'the one in the file';
  const lines = [
    ['log', report.origin === '' ? 'unknown' : report.origin],
    ['entries', `${report.size}, of which ${report.erased} are erased`],
    [
      'signed',
      `${plural(report.checkpoints, 'checkpoint', 'checkpoints')}, up to ${report.signedSize} entries; key: ${source}`,
    ],
    [
      'witness',
      report.witnessed === undefined ? 'none' : `${plural(report.witnessed, 'checkpoint', 'checkpoints')} compared`,
    ],
    ['result', report.isWhole ? 'nothing was changed' : plural(findings.length + moreFindings, 'finding', 'findings')],
  ].map(([name = '', text]) => `${name.padEnd(10)}${text}`);
  return [
    ...lines,
    ...findings.map(({ kind, text }) => `  ${kind}: ${text}`),
    ...(moreFindings === 0 ? [] : [`  and ${moreFindings} more`]),
    ...limits.map((text) => `Note: ${text}`),
  ].join('\n');
}

/** One key a line; empty lines and those that begin with # are left out. */
async function readKeys(file: string): Promise<readonly VerifierKey[]> {
  const lines = (await readText(file)).split(/\r?\n/).map((line) => line.trim());
  const texts = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (texts.length === 0) throw usageError(`${file} has no key in it`, 'roadstead audit key');
  return texts.map((text) => {
    try {
      return parseVerifierKey(text);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw usageError(`${file} has a line that is no key of an audit log: ${why}`, 'roadstead audit key');
    }
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw explainUnreadable(file, cause);
  }
}

function explainUnreadable(file: string, cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return notFoundError(`there is no file ${file}`, { cause });
  if (code === 'EISDIR') return usageError(`${file} is a folder, and no exported audit log`);
  return cause instanceof Error ? cause : new Error(String(cause));
}
