import type { FastifyInstance } from 'fastify';
import { ProductError } from '../../../kernel/errors.ts';
import { AUDIT_PURGE, type Upkeep } from '../../../operations/upkeep/upkeep.ts';
import type { UpkeepParameters } from '../../../operations/upkeep/upkeep-schedules.ts';
import { admitToSystem, type SystemRouteDependencies } from '../admit-to-system.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { HARBOR_BASE, serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readRunQuery } from '../read-run-query.ts';
import { renderRun, renderScheduled } from '../render-run.ts';
import { type AskedSchedule, readSchedule } from '../upkeep-schedule.ts';
import * as contract from './purge-audit-contract.ts';

type Dependencies = SystemRouteDependencies<{ readonly upkeep: Pick<Upkeep, 'auditPurges' | 'schedules'> }>;

const MAX_HOURS = 1_000_000;
const MAX_TEXT_LENGTH = 4_096;

/** Harbor's operations on the purge of the audit log, which is kept as a schedule and done by nobody yet. */
export function registerPurgeAuditRoutes(app: FastifyInstance, dependencies: Dependencies): void {
  registerOperations(app, dependencies, (routes) => {
    registerSchedule(routes, dependencies);
    registerRuns(routes, dependencies);
  });
}

function registerSchedule(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.getPurgeSchedule, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'purge-audit', 'read');
    const schedule = await instance.upkeep.schedules.find(AUDIT_PURGE);
    return renderScheduled(schedule, renderParameters(schedule?.parameters ?? {}));
  });
  const set = async (upkeep: Pick<Upkeep, 'schedules'>, body: Parameters<typeof readSchedule>[0], actor: Actor) => {
    const asked = readSchedule(body);
    if (asked.kind === 'never') return upkeep.schedules.remove(AUDIT_PURGE, actor);
    const parameters = readParameters(body.parameters ?? {});
    assertIsLater(asked);
    const { cron, type } = asked;
    await upkeep.schedules.set({ kind: AUDIT_PURGE, cron, parameters: { ...parameters, type }, isDone: false }, actor);
  };
  serveOperation(routes, contract.createPurgeSchedule, async (request, reply) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'purge-audit', 'create');
    await set(instance.upkeep, request.body, actor);
    reply.header('location', `${HARBOR_BASE}/system/purgeaudit/schedule`);
  });
  serveOperation(routes, contract.updatePurgeSchedule, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'purge-audit', 'update');
    await set(instance.upkeep, request.body, actor);
  });
}

type Actor = Awaited<ReturnType<typeof admitToSystem>>['actor'];

function registerRuns(routes: FastifyInstance, dependencies: Dependencies): void {
  serveOperation(routes, contract.getPurgeHistory, async (request, reply) => {
    const { instance } = await admitToSystem(request, dependencies, 'purge-audit', 'list');
    const query = readRunQuery(request.query);
    const { runs, total } = await instance.upkeep.auditPurges.list(query);
    sendPageHeaders(request, reply, query, total);
    return runs.map((run) => renderRun(run, renderParameters(run.parameters)));
  });
  serveOperation(routes, contract.getPurgeJob, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'purge-audit', 'read');
    const run = await instance.upkeep.auditPurges.get(request.params.purge_id);
    return renderRun(run, renderParameters(run.parameters));
  });
  serveOperation(routes, contract.stopPurge, async (request) => {
    const { instance, actor } = await admitToSystem(request, dependencies, 'purge-audit', 'stop');
    await instance.upkeep.auditPurges.stop(request.params.purge_id, actor);
  });
  serveOperation(routes, contract.getPurgeJobLog, async (request) => {
    const { instance } = await admitToSystem(request, dependencies, 'purge-audit', 'read');
    return instance.upkeep.auditPurges.readLog(request.params.purge_id);
  });
}

/** @throws ProductError PRECONDITION: nothing purges yet */
function assertIsLater(
  asked: Exclude<AskedSchedule, { readonly kind: 'never' }>,
): asserts asked is Extract<AskedSchedule, { readonly kind: 'at' }> {
  if (asked.kind === 'at') return;
  throw new ProductError('PRECONDITION', 'the audit log cannot be purged: the purge of the audit log is not there yet');
}

/** @throws ProductError BAD_REQUEST */
function readParameters(asked: Readonly<Record<string, unknown>>) {
  const { audit_retention_hour: hours, include_event_types: events, dry_run: dryRun = false } = asked;
  if (!Number.isInteger(hours) || Number(hours) < 0 || Number(hours) > MAX_HOURS) {
    throw new ProductError('BAD_REQUEST', `parameters.audit_retention_hour is a whole number from 0 to ${MAX_HOURS}`);
  }
  if (typeof events !== 'string' || events.trim() === '' || events.length > MAX_TEXT_LENGTH) {
    throw new ProductError(
      'BAD_REQUEST',
      'parameters.include_event_types is a list of events, with commas between them',
    );
  }
  if (typeof dryRun !== 'boolean') throw new ProductError('BAD_REQUEST', 'parameters.dry_run is true or false');
  return { hours: Number(hours), events, dryRun };
}

function renderParameters(parameters: UpkeepParameters) {
  return {
    audit_retention_hour: Number(parameters['hours'] ?? 0),
    include_event_types: String(parameters['events'] ?? ''),
    dry_run: parameters['dryRun'] === true,
  };
}
