import { auditOrigin, findCheckpoint, formatCheckpoint, signNote } from '@roadstead/archive';
import type { Kysely } from 'kysely';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import type { JobFence } from '../../jobs/job-fence.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { AuditKeys } from './audit-keys.ts';
import { AuditTree, readLogSize, splitHashes } from './audit-tree.ts';
import { recordCheckpoint } from './record-checkpoint.ts';

export interface CheckpointsDeps {
  readonly instanceId: string;
  readonly database: InstanceDatabase;
  readonly keys: Pick<AuditKeys, 'getSigner'>;
  readonly clock: Clock;
}

/** A checkpoint as it is kept. */
export interface KeptCheckpoint {
  readonly size: number;
  readonly at: number;
  readonly note: string;
  readonly peaks: readonly Buffer[];
}

/** Signs how far the log is. */
export class Checkpoints {
  readonly #deps: CheckpointsDeps;

  constructor(deps: CheckpointsDeps) {
    this.#deps = deps;
  }

  /**
   * A checkpoint of the log as it is now: the newest one, if that is it already; undefined for an empty log.
   * @throws ProductError CONFLICT when the log does not go on from its newest checkpoint: that is never signed
   */
  async make(jobFence?: JobFence): Promise<KeptCheckpoint | undefined> {
    const { database, instanceId, keys, clock } = this.#deps;
    const { reader } = database;
    // Its own making is an entry of the log.
    const signer = await keys.getSigner();
    const size = await readLogSize(reader);
    const last = await findLastCheckpoint(reader);
    if (size === 0 || size === last?.size) return last;
    const tree = new AuditTree(reader);
    if (last !== undefined) await assertGoesOn(tree, size, last);
    const frontier = await tree.frontier(size);
    const text = formatCheckpoint({ origin: auditOrigin(instanceId), size, root: frontier.root() });
    const note = signNote(text, signer.key, signer.privateKey);
    const peaks = Buffer.concat(frontier.peaks);
    await database.execute(recordCheckpoint, { size, at: clock.now(), keyId: signer.id, note, peaks, jobFence });
    return findLastCheckpoint(reader);
  }
}

export async function findLastCheckpoint(db: Kysely<InstanceSchema>): Promise<KeptCheckpoint | undefined> {
  const row = await selectCheckpoints(db).orderBy('size', 'desc').limit(1).executeTakeFirst();
  return row === undefined ? undefined : toCheckpoint(row);
}

/** Those of a greater size, the smallest first. */
export async function listCheckpoints(
  db: Kysely<InstanceSchema>,
  after: number,
  limit: number,
): Promise<readonly KeptCheckpoint[]> {
  return (await selectCheckpoints(db).where('size', '>', after).orderBy('size').limit(limit).execute()).map(
    toCheckpoint,
  );
}

function selectCheckpoints(db: Kysely<InstanceSchema>) {
  return db.selectFrom('audit_checkpoints').select(['size', 'at', 'note', 'peaks']);
}

function toCheckpoint(row: {
  readonly size: number;
  readonly at: number;
  readonly note: string;
  readonly peaks: Buffer;
}) {
  return { ...row, peaks: splitHashes(row.peaks) };
}

/** One signature on another past would make two logs of one. */
async function assertGoesOn(tree: AuditTree, size: number, { size: lastSize, note }: KeptCheckpoint): Promise<void> {
  const root = findCheckpoint(note)?.root;
  if (lastSize < size && root?.equals((await tree.frontier(lastSize)).root())) return;
  throw new ProductError(
    'CONFLICT',
    `The audit log was changed below its checkpoint of ${lastSize} entries, so nothing is signed any more. ` +
      'Export it and let `roadstead audit verify` name what is wrong.',
  );
}
