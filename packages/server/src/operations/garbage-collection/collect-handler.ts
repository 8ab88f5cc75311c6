import type { CollectionReport } from '../../content/collection/collection-report.ts';
import type { Collector } from '../../content/collection/collector.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { JobHandler, RunningJob } from '../../jobs/job-handler.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Clock } from '../../kernel/clock.ts';
import { purgeOldExecutions } from '../executions/purge-old-executions.ts';
import { isDoneForSomebody } from '../give-way.ts';
import { type CollectMemory, readCollectMemory, reportToJson, writeCollectMemory } from './collect-memory.ts';
import { describeObstacle, describeReport } from './collection-text.ts';
import { COLLECT, COLLECTION_WORK } from './collection-work.ts';
import { countTrash, measureTrash } from './measure-trash.ts';

export interface CollectHandlerDeps {
  readonly database: InstanceDatabase;
  readonly collector: Pick<Collector, 'runPass'>;
  readonly jobs: Jobs;
  readonly clock: Clock;
  /** The kinds whose old executions it forgets. */
  readonly executionKinds: readonly string[];
}

const RETRY = { firstDelayMs: 5_000, maxDelayMs: 300_000 };
/** To add the trash up takes a while: at most this often, and only when something was deleted, restored or purged. */
const TRASH_INTERVAL_MS = 300_000;

/** The collector's pass that comes again and again. */
export function createCollectHandler(deps: CollectHandlerDeps): JobHandler {
  const { collector, jobs, clock } = deps;
  return {
    kind: COLLECT,
    maxConcurrent: 1,
    retry: RETRY,
    async run(job) {
      if (await isDoneForSomebody(deps, COLLECTION_WORK)) return { status: 'success' };
      const report = await collector.runPass({ fence: job.fence, signal: job.signal });
      const before = readCollectMemory(job.lastProgress);
      const after = { ...noteWork(before, report, clock.now()), trash: await measureAgain(deps, job, before) };
      if (after.obstacle !== before.obstacle)
        job.log(after.obstacle ?? 'Nothing keeps the collector from its work any more.');
      for (const line of describeReport(report)) job.log(line);
      if (after.work !== before.work || after.obstacle !== before.obstacle || after.trash !== before.trash) {
        job.reportProgress(writeCollectMemory(after));
      }
      await purgeOldExecutions(jobs, deps.executionKinds, clock.now());
      return { status: 'success', result: { at: clock.now(), report: reportToJson(report) } };
    },
  };
}

function noteWork(before: CollectMemory, report: CollectionReport, now: number): CollectMemory {
  const hasWorked = describeReport(report).length > 0;
  return { ...before, obstacle: describeObstacle(report), ...(hasWorked ? { work: { at: now, report } } : {}) };
}

async function measureAgain(
  { database: { reader }, clock }: CollectHandlerDeps,
  { signal }: RunningJob,
  { trash }: CollectMemory,
): Promise<CollectMemory['trash']> {
  const now = clock.now();
  if (trash !== undefined && trash.at <= now && now < trash.at + TRASH_INTERVAL_MS) return trash;
  if (trash !== undefined && trash.manifests === (await countTrash(reader))) return trash;
  return { at: now, ...(await measureTrash(reader, signal)) };
}
