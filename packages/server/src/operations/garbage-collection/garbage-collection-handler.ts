import { findCollectionHold } from '../../content/collection/collection-holds.ts';
import { CollectionPass } from '../../content/collection/collection-pass.ts';
import type { CollectionReport } from '../../content/collection/collection-report.ts';
import type { CollectionPreview, Collector } from '../../content/collection/collector.ts';
import type { CollectionEstimate } from '../../content/collection/estimate-collection.ts';
import type { JobHandler, JobOutcome, RunningJob } from '../../jobs/job-handler.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { JsonObject, JsonValue } from '../../jobs/json-value.ts';
import { type Actor, systemActor } from '../../kernel/actor.ts';
import { waitForTurn } from '../give-way.ts';
import { reportToJson } from './collect-memory.ts';
import { describeObstacle, describePreview, describeReport } from './collection-text.ts';
import { COLLECTION_WORK, type CollectionMode, GARBAGE_COLLECTION } from './collection-work.ts';
import { type PurgeNowDeps, type PurgeStep, purgeNow } from './purge-now.ts';

export interface GarbageCollectionHandlerDeps extends PurgeNowDeps {
  readonly collector: Pick<Collector, 'dryRun'>;
  readonly jobs: Jobs;
}

const STEP_TEXT: Readonly<Record<PurgeStep, string>> = {
  trash: 'Purges the trash of all projects.',
  delays: 'Ends all delays.',
  strays: 'Looks for stray files once more.',
  pass: 'Removes what nothing leads to any more.',
};

const UNTAGGED_TEXT = 'Untagged artifacts are deleted as the policy of each project says, and not for delete_untagged.';

/** What a person asked of the collector. */
export function createGarbageCollectionHandler(deps: GarbageCollectionHandlerDeps): JobHandler {
  return {
    kind: GARBAGE_COLLECTION,
    maxConcurrent: 1,
    async run(job) {
      const mode = job.parameters['mode'] as CollectionMode;
      if (job.parameters['deletesUntagged'] === true) job.log(UNTAGGED_TEXT);
      await waitForTurn(deps, COLLECTION_WORK, job, { interrupts: false });
      if (mode === 'dry-run') return preview(deps, job);
      const hold = mode === 'purge' ? await findCollectionHold(deps.database.reader, deps.clock.now()) : undefined;
      if (hold !== undefined) return { status: 'error', message: describeHold(hold) };
      return endPass(job, await (mode === 'purge' ? purge(deps, job) : pass(deps, job)));
    },
  };
}

async function preview({ collector }: GarbageCollectionHandlerDeps, job: RunningJob): Promise<JobOutcome> {
  const found = await collector.dryRun(job.signal);
  for (const line of describePreview(found)) job.log(line);
  return { status: 'success', result: { preview: previewToJson(found) } };
}

/** Who asks for a pass now does not want to wait for the next time that policies are applied. */
function pass(deps: GarbageCollectionHandlerDeps, job: RunningJob): Promise<CollectionReport> {
  const settings = { ...deps.collection(), policyIntervalMs: 0 };
  const onProgress = (report: CollectionReport) => job.reportProgress(progressOf('pass', report));
  return new CollectionPass(deps, settings, { fence: job.fence, signal: job.signal, onProgress }).run();
}

function purge(deps: GarbageCollectionHandlerDeps, job: RunningJob): Promise<CollectionReport> {
  let current: PurgeStep | undefined;
  return purgeNow(deps, {
    actor: readActor(job.parameters['actor']),
    fence: job.fence,
    signal: job.signal,
    onStep: (step, report) => {
      if (step !== current) job.log(STEP_TEXT[step]);
      current = step;
      job.reportProgress(progressOf(step, report));
    },
  });
}

function endPass(job: RunningJob, report: CollectionReport): JobOutcome {
  const lines = describeReport(report);
  const obstacle = describeObstacle(report);
  for (const line of lines) job.log(line);
  if (obstacle !== undefined) job.log(obstacle);
  if (lines.length === 0 && obstacle === undefined) job.log('There was nothing to remove.');
  const result = { report: reportToJson(report) };
  if (report.errorCount === 0) return { status: 'success', result };
  const message = `Not everything could be removed, and it will be tried again: ${report.errors[0]}`;
  return { status: 'error', message, result };
}

function describeHold(hold: { readonly name: string; readonly until: number }): string {
  return `${hold.name} needs everything to stay until ${new Date(hold.until).toISOString()}: purge after it.`;
}

/** Short: a job's progress takes 16 KiB. */
function progressOf(step: PurgeStep, report: CollectionReport | undefined): JsonValue {
  if (report === undefined) return { step };
  const { linksRemoved, blobsRemoved, bytesFreed } = report;
  return { step, linksRemoved, blobsRemoved, bytesFreed };
}

function previewToJson({ now, purge: purged, untagged, heldBy, awaiting }: CollectionPreview): JsonObject {
  return {
    now: estimateToJson(now),
    purge: estimateToJson(purged),
    untagged: { ...untagged },
    heldBy: heldBy ?? null,
    awaiting,
  };
}

function estimateToJson({ repositories, ...estimate }: CollectionEstimate): JsonObject {
  return { ...estimate, repositories: repositories.map((repository) => ({ ...repository })) };
}

/** Who asked, as a job keeps it: what the journal says of what the job does. */
export function writeActor({ principal, ...request }: Actor): JsonObject {
  return { ...request, principal: { ...principal } };
}

/** @param parameter what `writeActor` made */
function readActor(parameter: JsonValue | undefined): Actor {
  return (parameter as unknown as Actor | undefined) ?? systemActor('collector');
}
