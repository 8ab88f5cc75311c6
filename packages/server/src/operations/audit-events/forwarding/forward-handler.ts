import type { InstanceDatabase } from '../../../db/instance/instance-database.ts';
import type { JobHandler, RunningJob } from '../../../jobs/job-handler.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { EgressError, type EgressGuard } from '../../../kernel/egress-guard.ts';
import type { Secrets } from '../../../kernel/secrets-envelope.ts';
import { findAuditNames } from '../audit-names.ts';
import { showEntry } from '../audit-rows.ts';
import { ForwardingError } from './forwarding-error.ts';
import { findForwarding, recordForwarded, recordForwardingFailure, type StoredForwarding } from './forwarding-rows.ts';
import { SECRET_PLACE } from './forwarding-secret.ts';
import { type ForwardingBatch, readForwardingBatch } from './read-forwarding-batch.ts';
import { sendHttps } from './send-https.ts';
import { sendSyslog } from './send-syslog.ts';
import { toFrame, toSyslogMessage } from './syslog-message.ts';

/** The kind and the name of the recurring job. */
export const FORWARD_AUDIT = 'forward-audit';

export interface ForwardHandlerDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly secrets: Pick<Secrets, 'open'>;
  readonly guard: Pick<EgressGuard, 'fetch' | 'lookup'>;
  readonly instanceId: string;
  /** What the server is called by others. */
  readonly hostname: string;
  /** Told why a receiver could not be reached, which users are not. */
  readonly onError: (error: unknown) => void;
}

const BATCH = 500;
/** How long one run goes on; then others have their turn. */
const RUN_MS = 30_000;
const FIRST_RETRY_MS = 5_000;
const MAX_RETRY_MS = 300_000;

/** Forwards the audit log: in order, each entry at least once, and what could not be sent again and again. */
export function createForwardHandler(deps: ForwardHandlerDeps): JobHandler {
  return {
    kind: FORWARD_AUDIT,
    maxConcurrent: 1,
    async run(job) {
      const until = deps.clock.now() + RUN_MS;
      while ((await forwardSome(deps, job)) === 'more' && deps.clock.now() < until) job.signal.throwIfAborted();
      return { status: 'success' };
    },
  };
}

async function forwardSome(deps: ForwardHandlerDeps, job: RunningJob): Promise<'more' | 'done'> {
  const { database, clock } = deps;
  const forwarding = await findForwarding(database.reader);
  const now = clock.now();
  if (forwarding?.isEnabled !== true || (forwarding.retryAt ?? 0) > now) return 'done';
  const batch = await readForwardingBatch(database, forwarding, { limit: BATCH });
  if (batch.entries.length > 0) {
    await job.confirm();
    const failure = await send(deps, forwarding, batch, job.signal);
    if (failure !== undefined) {
      await recordFailure(deps, job, forwarding, failure);
      return 'done';
    }
  }
  const isSuccess = batch.entries.length > 0;
  if (isSuccess || batch.gaps.length !== forwarding.gaps.length) {
    const { lastId, gaps } = batch;
    const { version } = forwarding;
    const input = { version, lastId, gaps, isSuccess, fence: job.fence, now: clock.now() };
    await database.execute(recordForwarded, input);
  }
  return batch.isLast || !isSuccess ? 'done' : 'more';
}

/** @returns what went wrong, if something did */
async function send(
  { database, guard, instanceId, hostname, secrets }: ForwardHandlerDeps,
  { target, secret }: StoredForwarding,
  { entries }: ForwardingBatch,
  signal: AbortSignal,
): Promise<unknown> {
  const names = await findAuditNames(database.reader, entries);
  const shown = entries.map((entry) => showEntry(entry, names));
  try {
    if (target.kind === 'https') {
      const bearerToken = secret === null ? undefined : (await secrets.open(SECRET_PLACE, secret)).toString();
      await sendHttps(target.url, shown, { guard, signal, instanceId, bearerToken });
    } else {
      const frames = shown.map((entry) => toFrame(toSyslogMessage(entry, { hostname, instanceId }))).join('');
      await sendSyslog(target, frames, { guard, signal });
    }
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return error;
  }
}

async function recordFailure(
  { database, clock, onError }: ForwardHandlerDeps,
  job: RunningJob,
  { version, failures }: StoredForwarding,
  error: unknown,
): Promise<void> {
  // The first of a row: the same again and again would fill the log.
  if (failures === 0) onError(error);
  const isForUsers = error instanceof ForwardingError || error instanceof EgressError;
  const message = isForUsers ? error.message : 'it could not be sent: the log of the server says why';
  const now = clock.now();
  const retryAt = now + Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 10));
  await database.execute(recordForwardingFailure, { version, message, retryAt, fence: job.fence, now });
}
