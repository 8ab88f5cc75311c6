import { sql } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import type { NotedPull } from './pull-recorder.ts';

export interface RecordPullsInput {
  readonly pulls: readonly NotedPull[];
  readonly wanted: WantedNotes;
}

/** What administrators want noted. */
export interface WantedNotes {
  /** When artifacts and tags were last pulled. */
  readonly times: boolean;
  /** How often repositories were. */
  readonly counts: boolean;
}

interface Pulled {
  readonly kind: 'manifest' | 'tag' | 'repository';
  readonly id: number;
  readonly last_at: number;
  readonly count: number;
}

/** Notes when manifests and tags were last pulled, and how often repositories were. What is gone meanwhile is left out. */
export async function recordPulls(context: InstanceTransaction, { pulls, wanted }: RecordPullsInput): Promise<void> {
  const rows = new Map<string, Pulled>();
  const add = (kind: Pulled['kind'], id: number, { at, count }: NotedPull) => {
    const before = rows.get(`${kind}:${id}`);
    const last_at = wanted.times ? Math.max(at, before?.last_at ?? 0) : 0;
    rows.set(`${kind}:${id}`, { kind, id, last_at, count: (wanted.counts ? count : 0) + (before?.count ?? 0) });
  };
  for (const pull of pulls) {
    const found = await findPulled(context, pull);
    if (found === undefined) continue;
    add('repository', found.repositoryId, pull);
    if (!wanted.times) continue;
    add('manifest', found.manifestId, pull);
    if (found.tagId !== null) add('tag', found.tagId, pull);
  }
  // Everybody locks them in one order.
  for (const [, row] of [...rows].toSorted(([left], [right]) => (left < right ? -1 : 1))) await upsert(context, row);
}

async function findPulled({ tx }: InstanceTransaction, { repository, digest, tag }: NotedPull) {
  return tx
    .selectFrom('repositories as r')
    .innerJoin('manifests as m', 'm.repository_id', 'r.id')
    .select(['r.id as repositoryId', 'm.id as manifestId'])
    .select((eb) =>
      eb
        .selectFrom('tags as t')
        .select('t.id')
        .whereRef('t.manifest_id', '=', 'm.id')
        .where('t.name', '=', tag ?? '')
        .as('tagId'),
    )
    .where('r.name', '=', repository)
    .where('m.digest', '=', toDigestBytes(digest))
    .executeTakeFirst();
}

async function upsert({ tx }: InstanceTransaction, row: Pulled): Promise<void> {
  await tx
    .insertInto('pulls')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['kind', 'id']).doUpdateSet({
        last_at: sql<number>`case when excluded.last_at > pulls.last_at then excluded.last_at else pulls.last_at end`,
        count: sql<number>`pulls.count + excluded.count`,
      }),
    )
    .execute();
}
