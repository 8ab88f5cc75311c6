import type { FastifyInstance } from 'fastify';
import type { ScrubStatus } from '../../operations/scrub/scrubbing.ts';
import { admitOperator } from './access.ts';
import { renderInstant } from './instant.ts';
import { EXECUTIONS_PATH, renderExecution } from './render-execution.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

const PATH = '/scrub';

/** The scrub: how far it is and what it has found, and a round on demand. */
export function registerScrubRoutes(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  routes.get(PATH, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readScrub');
    return renderStatus(await instance.operations.scrubbing.status());
  });
  routes.post(`${PATH}/runs`, async (request, reply) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'runScrub');
    const execution = await instance.operations.scrubbing.run(actor);
    return reply.code(202).header('location', `${EXECUTIONS_PATH}/${execution.id}`).send(renderExecution(execution));
  });
}

function renderStatus({ bytesPerSecond, state, jobId, running }: ScrubStatus): Readonly<Record<string, unknown>> {
  return {
    settings: { bytesPerSecond },
    round: { startedAt: renderInstant(state.roundStartedAt), blobs: state.roundBlobs, bytes: state.roundBytes },
    lastRound:
      state.lastRoundEndedAt === null
        ? null
        : { endedAt: renderInstant(state.lastRoundEndedAt), durationMs: state.lastRoundMs },
    damaged: state.damaged,
    missing: state.missing,
    unreadable: state.unreadable,
    jobId: jobId ?? null,
    running: running.map(renderExecution),
  };
}
