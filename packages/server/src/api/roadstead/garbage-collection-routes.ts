import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { CollectionStatus, EndedPass } from '../../operations/garbage-collection/garbage-collection.ts';
import { admitOperator } from './access.ts';
import { renderInstant } from './instant.ts';
import { MAX_BODY_BYTES } from './max-body-bytes.ts';
import { EXECUTIONS_PATH, renderExecution } from './render-execution.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';
import { readWholeNumber } from './whole-number.ts';

const RunRequest = Type.Object({
  mode: Type.Enum(['dry-run', 'pass', 'purge']),
});
type RunRequest = Type.Static<typeof RunRequest>;

/** Checked by hand: a validator that coerces would take `true` for 1. */
const Confirmation = Type.Object({ bytes: Type.Unknown() });
type Confirmation = Type.Static<typeof Confirmation>;

const PATH = '/garbage-collection';

/** The collector: how it is, what to ask of it, and what it may remove beyond its cap. */
export function registerGarbageCollectionRoutes(
  routes: FastifyInstance,
  dependencies: RoadsteadRouteDependencies,
): void {
  routes.get(PATH, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readCollection');
    return renderStatus(await instance.operations.garbageCollection.status());
  });
  const run = { schema: { body: RunRequest }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: RunRequest }>(`${PATH}/runs`, run, async (request, reply) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'runCollection');
    const execution = await instance.operations.garbageCollection.run(request.body.mode, actor);
    return reply.code(202).header('location', `${EXECUTIONS_PATH}/${execution.id}`).send(renderExecution(execution));
  });
  const confirm = { schema: { body: Confirmation }, bodyLimit: MAX_BODY_BYTES };
  routes.post<{ Body: Confirmation }>(`${PATH}/confirmation`, confirm, async (request, reply) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'confirmCollection');
    const bytes = readWholeNumber('bytes', request.body.bytes);
    await instance.operations.garbageCollection.confirm(bytes, actor);
    return reply.code(204).send();
  });
}

function renderStatus(status: CollectionStatus): Readonly<Record<string, unknown>> {
  const { settings, awaiting, heldBy, trash } = status;
  return {
    settings: {
      intervalMs: settings.intervalMs,
      reviewDelayMs: settings.reviewDelayMs,
      pushWindowMs: settings.pushWindowMs,
      trashWindowMs: settings.trashWindowMs,
      strayGraceMs: settings.strayGraceMs,
      capBytes: settings.capBytes,
      capShare: settings.capShare,
      capWindowMs: settings.capWindowMs,
    },
    awaiting: awaiting && { ...awaiting, since: renderInstant(awaiting.since) },
    confirmedBytes: status.confirmedBytes,
    removedBytes: status.removedBytes,
    heldBy: heldBy === undefined ? null : { name: heldBy.name, until: renderInstant(heldBy.until) },
    lastPass: renderPass(status.lastPass),
    lastWork: renderPass(status.lastWork),
    trash: trash === undefined ? null : { ...trash, at: renderInstant(trash.at) },
    nextPassAt: renderInstant(status.nextPassAt),
    jobId: status.jobId ?? null,
    running: status.running.map(renderExecution),
  };
}

function renderPass(pass: EndedPass | undefined): Readonly<Record<string, unknown>> | null {
  return pass === undefined ? null : { at: renderInstant(pass.at), report: pass.report };
}
