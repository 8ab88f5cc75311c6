import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunningRoadstead } from '../support/start-roadstead.ts';
import { readSuiteResults, type SuiteResults } from './suite-results.ts';

/** The versions of the specification that the suite is run at; `dev` is the specification's main branch. */
export const SPEC_VERSIONS = ['1.1', 'dev'] as const;
export type SpecVersion = (typeof SPEC_VERSIONS)[number];

/** What the suite leaves out unless it is asked; each of these holds at 1.1 too. */
const EVERYTHING_ON = {
  OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
  OCI_API_BLOBS_DIGEST_HEADER: 'true',
  OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
  OCI_API_MANIFESTS_TAG_PARAM: 'true',
  OCI_DATA_SPARSE: 'true',
};
const TIME_LIMIT_MS = 10 * 60_000;

/** Runs the suite once; `folder` is emptied first, so that what it holds afterwards is of this run. */
export async function runSuite(
  program: string,
  version: SpecVersion,
  server: RunningRoadstead,
  folder: string,
): Promise<SuiteResults> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const env = {
    ...withoutSuiteSettings(process.env),
    ...EVERYTHING_ON,
    OCI_VERSION: version,
    OCI_REGISTRY: server.host,
    OCI_TLS: 'disabled',
    // Fresh names: nothing of another version's run is there.
    OCI_REPO1: `conformance/v${version.replace('.', '-')}/repo1`,
    OCI_REPO2: `conformance/v${version.replace('.', '-')}/repo2`,
    OCI_USERNAME: server.admin.username,
    OCI_PASSWORD: server.admin.password,
    OCI_RESULTS_DIR: folder,
  };
  const output: string[] = [];
  const child = spawn(program, [], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: TIME_LIMIT_MS });
  child.stdout.on('data', (data) => output.push(String(data)));
  child.stderr.on('data', (data) => output.push(String(data)));
  await new Promise<void>((resolve, reject) => child.once('error', reject).once('close', () => resolve()));
  await writeFile(path.join(folder, 'output.txt'), output.join(''));
  return readSuiteResults(folder).catch((error: unknown) => {
    throw new Error(`the suite left no results (${String(error)}):\n${output.join('').slice(-2_000)}`);
  });
}

/** A setting of the caller's shell must not switch tests off. */
function withoutSuiteSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('OCI_')));
}
