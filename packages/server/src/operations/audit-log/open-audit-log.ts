import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { JobHandler } from '../../jobs/job-handler.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { EgressGuard } from '../../kernel/egress-guard.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import { AuditKeys } from './audit-keys.ts';
import { AuditLog } from './audit-log.ts';
import { createAuditLogHandler } from './audit-log-handler.ts';
import { Checkpoints } from './checkpoints.ts';
import { Sequencer } from './sequencer.ts';
import { Witnesses } from './witnesses/witnesses.ts';

/** What only the audit log needs. */
export interface AuditLogSettings {
  readonly instanceId: string;
  readonly secrets: Secrets;
  readonly egressGuard: Pick<EgressGuard, 'fetch'>;
  /** Between two looks for what is new. */
  readonly intervalMs: number;
  /** The operator's own witness, if there is one. */
  readonly witnessFile: string | undefined;
}

export interface OpenAuditLogDeps {
  readonly settings: AuditLogSettings;
  readonly database: InstanceDatabase;
  readonly jobs: Pick<Jobs, 'listJobs'>;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
  /** Whether changes are shipped to the blob storage. */
  readonly ships: boolean;
}

export interface OpenAuditLog {
  readonly auditLog: AuditLog;
  readonly handler: JobHandler;
}

export function openAuditLog({ settings, ...deps }: OpenAuditLogDeps): OpenAuditLog {
  const readUpTo = () => findReadUpTo(deps.database);
  const shared = { ...settings, ...deps };
  const keys = new AuditKeys(shared);
  const sequencer = new Sequencer(shared);
  const checkpoints = new Checkpoints({ ...shared, keys });
  const witnesses = new Witnesses({ ...shared, file: settings.witnessFile });
  return {
    auditLog: new AuditLog({ ...shared, sequencer, checkpoints, keys, witnesses }),
    handler: createAuditLogHandler({ ...shared, sequencer, checkpoints, readUpTo }),
  };
}

/** Up to which id every other reader of the journal has read: what is behind it is not erased by its age. */
async function findReadUpTo({ reader }: InstanceDatabase): Promise<number> {
  const rows = await reader.selectFrom('audit_forwarding').select('last_id').where('is_enabled', '=', 1).execute();
  return Math.min(Number.MAX_SAFE_INTEGER, ...rows.map(({ last_id }) => last_id));
}
