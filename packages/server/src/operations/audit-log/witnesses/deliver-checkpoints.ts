import { auditOrigin } from '@roadstead/archive';
import type { InstanceDatabase } from '../../../db/instance/instance-database.ts';
import type { RunningJob } from '../../../jobs/job-handler.ts';
import { retryDelayMs } from '../../../jobs/retry-policy.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { EgressError, type EgressGuard } from '../../../kernel/egress-guard.ts';
import type { Secrets } from '../../../kernel/secrets-envelope.ts';
import { listCheckpoints } from '../checkpoints.ts';
import { AUDIT_ACTOR } from '../ensure-audit-key.ts';
import { deliverToFile } from './deliver-to-file.ts';
import { deliverToS3, type S3Target } from './deliver-to-s3.ts';
import { deliverToWebhook } from './deliver-to-webhook.ts';
import { type DeliveredCheckpoint, DeliveryError, FILE_WITNESS, placeOfWitness } from './witness.ts';
import { putAuditWitness, recordWitnessDelivery } from './witness-commands.ts';
import { listWitnessRows } from './witnesses.ts';

export interface DeliverDeps {
  readonly instanceId: string;
  readonly database: InstanceDatabase;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly egressGuard: Pick<EgressGuard, 'fetch'>;
  /** The operator's own witness, if there is one. */
  readonly witnessFile: string | undefined;
}

type Attempt = Pick<RunningJob, 'fence' | 'signal' | 'confirm'>;
type Row = Awaited<ReturnType<typeof listWitnessRows>>[number];

const PER_RUN = 100;
const RETRY = { firstDelayMs: 10_000, maxDelayMs: 3_600_000 };

/**
 * Hands out the checkpoints that the witnesses have not got yet, to each in order. One that fails is tried again later, and keeps
 * no other one waiting.
 * @param until checkpoints after this instant have to wait; undefined: none has
 */
export async function deliverCheckpoints(deps: DeliverDeps, attempt: Attempt, until?: number): Promise<void> {
  const { database, clock, witnessFile } = deps;
  await ensureFileWitness(deps);
  for (const row of await listWitnessRows(database.reader)) {
    attempt.signal.throwIfAborted();
    if ((row.retry_at ?? 0) > clock.now()) continue;
    if (row.kind === FILE_WITNESS && witnessFile === undefined) continue;
    await deliverTo(deps, attempt, row, until);
  }
}

async function ensureFileWitness({ database, clock, witnessFile }: DeliverDeps): Promise<void> {
  if (witnessFile === undefined) return;
  const row = await database.reader
    .selectFrom('audit_witnesses')
    .select('name')
    .where('name', '=', FILE_WITNESS)
    .executeTakeFirst();
  if (row !== undefined) return;
  const input = { name: FILE_WITNESS, kind: FILE_WITNESS, settings: '{}', secret: null };
  await database.execute(putAuditWitness, { ...input, actor: AUDIT_ACTOR, now: clock.now() });
}

async function deliverTo(deps: DeliverDeps, attempt: Attempt, row: Row, until: number | undefined): Promise<void> {
  const { database, clock, instanceId } = deps;
  const origin = auditOrigin(instanceId);
  const checkpoints = await listCheckpoints(database.reader, row.delivered_size, PER_RUN);
  let [size, failure] = [row.delivered_size, undefined as unknown];
  for (const checkpoint of checkpoints) {
    if (until !== undefined && checkpoint.at > until) break;
    try {
      await attempt.confirm();
      await deliver(deps, row, { origin, size: checkpoint.size, note: checkpoint.note }, attempt.signal);
      size = checkpoint.size;
    } catch (error) {
      attempt.signal.throwIfAborted();
      failure = error;
      break;
    }
  }
  if (size === row.delivered_size && failure === undefined) return;
  const failures = failure === undefined ? 0 : row.failures + 1;
  const now = clock.now();
  await database.execute(recordWitnessDelivery, {
    name: row.name,
    createdAt: row.created_at,
    deliveredSize: size,
    deliveredAt: size === row.delivered_size ? row.delivered_at : now,
    failures,
    retryAt: failure === undefined ? null : now + retryDelayMs(RETRY, failures, 1),
    error: failure === undefined ? null : describe(failure),
    jobFence: attempt.fence,
  });
}

async function deliver(
  { secrets, egressGuard, witnessFile }: DeliverDeps,
  row: Row,
  checkpoint: DeliveredCheckpoint,
  signal: AbortSignal,
): Promise<void> {
  if (row.kind === FILE_WITNESS) return deliverToFile(witnessFile ?? '', checkpoint);
  const opened = await secrets.open(placeOfWitness(row.name), row.secret ?? Buffer.alloc(0));
  const secret = JSON.parse(opened.toString());
  if (row.kind === 'webhook') return deliverToWebhook(egressGuard, secret, checkpoint, signal);
  return deliverToS3(egressGuard, JSON.parse(row.settings) as S3Target, secret, checkpoint, signal);
}

/** What a user may read: causes may have addresses and secrets in them. */
function describe(failure: unknown): string {
  if (failure instanceof DeliveryError || failure instanceof EgressError) return failure.message;
  return `it could not be delivered (${failure instanceof Error ? failure.name : 'unknown'})`;
}
