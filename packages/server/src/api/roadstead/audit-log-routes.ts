import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { PublicAuditKey } from '../../operations/audit-log/audit-keys.ts';
import type { KeptCheckpoint } from '../../operations/audit-log/checkpoints.ts';
import { admitOperator } from './access.ts';
import { renderInstant } from './instant.ts';
import { MAX_BODY_BYTES } from './max-body-bytes.ts';
import { Id } from './query-fields.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';
import { readWholeNumber } from './whole-number.ts';

const EntryParams = Type.Object({ id: Id });
type EntryParams = Type.Static<typeof EntryParams>;

const EntryQuery = Type.Object({ size: Type.Optional(Id) });
type EntryQuery = Type.Static<typeof EntryQuery>;

const GrowthQuery = Type.Object({ from: Id, to: Id });
type GrowthQuery = Type.Static<typeof GrowthQuery>;

/** Checked by hand: a validator that coerces would take null for 0, which erases. */
const Retention = Type.Object({ days: Type.Unknown() });
type Retention = Type.Static<typeof Retention>;

const PATH = '/audit';

/** The audit log as something that can be verified: its checkpoints, keys, proofs and export, and how long it is kept. */
export function registerAuditLogRoutes(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  routes.get(`${PATH}/checkpoint`, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readAudit');
    return renderCheckpoint(await instance.operations.auditLog.lastCheckpoint());
  });
  routes.post(`${PATH}/checkpoint`, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readAudit');
    return renderCheckpoint(await instance.operations.auditLog.sealNow());
  });
  routes.get(`${PATH}/keys`, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readAudit');
    return (await instance.operations.auditLog.listKeys()).map(renderKey);
  });
  routes.post(`${PATH}/keys`, async (request, reply) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'changeAudit');
    return reply.code(201).send(renderKey(await instance.operations.auditLog.rotateKey(actor)));
  });
  routes.get(`${PATH}/export`, async (request, reply) => {
    const { instance } = await admitOperator(request, dependencies, 'readAudit');
    // A reader that is slow is waited for: no more than one part of it is in memory.
    const lines = Readable.from(instance.operations.auditLog.export(), { objectMode: false, highWaterMark: 1 });
    return reply
      .type('application/x-ndjson; charset=utf-8')
      .header('content-disposition', 'attachment; filename="audit.jsonl"')
      .header('x-content-type-options', 'nosniff')
      .send(lines);
  });
  registerProofs(routes, dependencies);
  registerRetention(routes, dependencies);
}

function registerProofs(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  const entry = { schema: { params: EntryParams, querystring: EntryQuery } };
  routes.get<{ Params: EntryParams; Querystring: EntryQuery }>(`${PATH}/proofs/entries/:id`, entry, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readAudit');
    const size = request.query.size === undefined ? undefined : Number(request.query.size);
    const proof = await instance.operations.auditLog.proveEntry(Number(request.params.id), size);
    return { ...proof, leafHash: hex(proof.leafHash), root: hex(proof.root), hashes: proof.hashes.map(hex) };
  });
  const growth = { schema: { querystring: GrowthQuery } };
  routes.get<{ Querystring: GrowthQuery }>(`${PATH}/proofs/consistency`, growth, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readAudit');
    const { from, to } = request.query;
    const proof = await instance.operations.auditLog.proveGrowth(Number(from), Number(to));
    return { ...proof, fromRoot: hex(proof.fromRoot), toRoot: hex(proof.toRoot), hashes: proof.hashes.map(hex) };
  });
}

function registerRetention(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  routes.get(`${PATH}/retention`, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readAudit');
    return { days: (await instance.operations.auditLog.retentionDays()) ?? null };
  });
  const retention = { schema: { body: Retention }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Body: Retention }>(`${PATH}/retention`, retention, async (request) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'changeAudit');
    const { days: asked } = request.body;
    const days = asked === null ? null : readWholeNumber('days, unless it is null,', asked);
    await instance.operations.auditLog.setRetention(days, actor);
    return { days };
  });
}

function renderCheckpoint(checkpoint: KeptCheckpoint | undefined): Readonly<Record<string, unknown>> {
  if (checkpoint === undefined) return { size: 0, at: null, note: null };
  return { size: checkpoint.size, at: renderInstant(checkpoint.at), note: checkpoint.note };
}

function renderKey({ id, key, createdAt, retiredAt }: PublicAuditKey): Readonly<Record<string, unknown>> {
  return { id, key, createdAt: renderInstant(createdAt), retiredAt: renderInstant(retiredAt) };
}

const hex = (hash: Buffer) => hash.toString('hex');
