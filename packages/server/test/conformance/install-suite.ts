import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** The commit of the OCI suite that our claim is about. Another commit is another claim, so nothing replaces it. */
export const SUITE_COMMIT = '967efdc';
const SUITE_MODULE = 'github.com/opencontainers/distribution-spec/conformance';
const run = promisify(execFile);

/** The suite as a program, with a sentence that says where it came from. */
export interface InstalledSuite {
  readonly program: string;
  readonly origin: string;
}

/** The suite cannot be had; the message is one sentence for the person who runs the tests. */
export class SuiteUnavailable extends Error {
  /** This machine lacks something, such as Go; otherwise the module is refused where it is asked for. */
  readonly isOurFault: boolean;

  constructor(message: string, isOurFault: boolean) {
    super(message);
    this.isOurFault = isOurFault;
  }
}

/**
 * Builds the suite into `folder` with Go, once. ROADSTEAD_CONFORMANCE_BINARY names a program that is there already; the
 * report then names that program and claims no commit.
 * @throws SuiteUnavailable when Go is missing or the module cannot be had
 */
export async function installSuite(folder: string): Promise<InstalledSuite> {
  const given = process.env['ROADSTEAD_CONFORMANCE_BINARY'];
  if (given !== undefined && given !== '') {
    if (!existsSync(given)) throw new SuiteUnavailable(`ROADSTEAD_CONFORMANCE_BINARY: there is no file ${given}`, true);
    return { program: given, origin: `${given} (commit not checked)` };
  }
  const program = path.join(folder, 'conformance');
  const stamp = path.join(folder, 'commit');
  const origin = `${SUITE_MODULE}@${SUITE_COMMIT}`;
  if (existsSync(program) && (await readFile(stamp, 'utf8').catch(() => '')) === SUITE_COMMIT)
    return { program, origin };
  await mkdir(folder, { recursive: true });
  await build(folder, origin);
  await writeFile(stamp, SUITE_COMMIT);
  return { program, origin };
}

async function build(folder: string, origin: string): Promise<void> {
  try {
    await run('go', ['install', origin], { env: { ...process.env, GOBIN: folder } });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new SuiteUnavailable('The OCI suite needs Go, which is not installed: install Go 1.24 or newer.', true);
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    const reason = stderr.replaceAll(/https?:\/\/\S+/g, '<module proxy>');
    const isRefused = /\b(403 Forbidden|404 Not Found|410 Gone)\b/.test(reason);
    throw new SuiteUnavailable(`The OCI suite could not be installed (go install ${origin}): ${reason}`, !isRefused);
  }
}
