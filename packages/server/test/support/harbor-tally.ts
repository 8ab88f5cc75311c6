import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { readReference } from '../conformance/harbor/reference-facts.ts';

const FOLDER = new URL('../integration/harbor-api/', import.meta.url);

const RUNS_LATER = 'configured now, run later: there is no execution yet';

/** What does not succeed in the tests of Harbor's API, and why; everything else has to. */
const NEVER: Readonly<Record<string, string>> = {
  getInternalconfig: 'for parts of Harbor that are none here',
  setCliSecret: 'in oidc-accounts.test.ts: it needs somebody who signs in elsewhere',
  getCert: 'in tls.test.ts: it needs an authority of its own',
  startReplication: RUNS_LATER,
  getReplicationExecution: RUNS_LATER,
  stopReplication: RUNS_LATER,
  listReplicationTasks: RUNS_LATER,
  getReplicationLog: RUNS_LATER,
  getPurgeJob: RUNS_LATER,
  stopPurge: RUNS_LATER,
  getPurgeJobLog: RUNS_LATER,
  triggerRetentionExecution: RUNS_LATER,
  operateRetentionExecution: RUNS_LATER,
  listRetentionTasks: RUNS_LATER,
  getRetentionTaskLog: RUNS_LATER,
  ListTasksOfWebhookExecution: RUNS_LATER,
  GetLogsOfWebhookTask: RUNS_LATER,
  scanArtifact: RUNS_LATER,
  stopScanArtifact: RUNS_LATER,
  getReportLog: RUNS_LATER,
  stopScanAll: RUNS_LATER,
  exportScanData: RUNS_LATER,
  getScanDataExportExecution: RUNS_LATER,
  downloadScanData: RUNS_LATER,
};
const MISSING_TAGS = ['preheat'];

/**
 * The tests of Harbor's API write down here which operation has answered with which status. When all of them have run, each operation must
 * have succeeded at least once.
 */
export async function openHarborTally(project: TestProject): Promise<AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-harbor-tally-'));
  const file = path.join(folder, 'answers');
  project.provide('harborTally', file);
  return {
    [Symbol.asyncDispose]: async () => {
      const lines = readLines(file);
      await rm(folder, { recursive: true });
      if (lines.length === 0) return;
      const missing = await summarize(lines);
      if (missing.length > 0 && (await haveAllRun(project)))
        throw new Error(`of these operations no test has seen a success: ${missing.join(', ')}`);
    },
  };
}

async function summarize(lines: readonly string[]): Promise<readonly string[]> {
  const { paths } = await readReference();
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const answers = lines.map((line) => line.split(' ') as [string, string]);
  const answered = new Set(answers.map(([id]) => id));
  const succeeded = new Set(answers.filter(([, status]) => Number(status) < 300).map(([id]) => id));
  const wanted = operations.filter(({ tags: [tag = ''] }) => !MISSING_TAGS.includes(tag));
  console.info(
    `Harbor's API: ${lines.length} answers of ${answered.size} of ${operations.length} operations were as its contract has them, with a success of ${succeeded.size}`,
  );
  return wanted.map(({ operationId }) => operationId).filter((id) => !succeeded.has(id) && !Object.hasOwn(NEVER, id));
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

/** Whether every test of Harbor's API ran, and none was left out. */
async function haveAllRun({ vitest }: TestProject): Promise<boolean> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.test.ts'));
  const modules = vitest.state.getTestModules();
  return files.every((name) => {
    const module = modules.find(({ moduleId }) => moduleId === new URL(name, FOLDER).pathname);
    return module !== undefined && [...module.children.allTests()].every((test) => test.result().state === 'passed');
  });
}
