import { type Kysely, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { nextTurn } from '../collection/next-turn.ts';
import { isOldAndUntagged, type UntaggedRule, untaggedRule } from './untagged-rule.ts';

/** A manifest that a policy deletes. */
export interface UntaggedManifest {
  readonly id: number;
  readonly sizeBytes: number;
}

export interface FindUntaggedInput {
  readonly now: number;
  readonly pushWindowMs: number;
  readonly signal?: AbortSignal | undefined;
}

const PAGE_SIZE = 200;
/** Of one repository at once; the rest is found when these are gone. */
const MAX_CANDIDATES = 10_000;
/** Of a page of candidates: what more than these list is not looked into. */
const MAX_NEEDERS = 50_000;
/** The id of no manifest. */
const UNKNOWN = 0;

interface Candidate extends UntaggedManifest {
  readonly digest: Buffer;
  readonly subjectDigest: Buffer | null;
}

/**
 * What the policies would delete now, a repository at a time, in an order in which no part goes before what lists it and no
 * referrer before its subject. Read only, and in pages: a large repository keeps nobody waiting.
 */
export async function* findUntagged(
  reader: Kysely<InstanceSchema>,
  { now, pushWindowMs, signal }: FindUntaggedInput,
): AsyncGenerator<readonly UntaggedManifest[]> {
  const projects = await reader
    .selectFrom('projects')
    .select(['id', 'untagged_after_ms', 'untagged_from'])
    .where('untagged_after_ms', 'is not', null)
    .orderBy('id')
    .execute();
  for (const project of projects) {
    const rule = untaggedRule(project, now, pushWindowMs);
    if (rule === undefined) continue;
    const repositories = await reader
      .selectFrom('repositories')
      .select('id')
      .where('project_id', '=', project.id)
      .orderBy('id')
      .execute();
    for (const { id } of repositories) {
      signal?.throwIfAborted();
      const candidates = await findCandidates(reader, id, rule);
      if (candidates.length > 0) yield await orderRemovable(reader, id, candidates);
    }
  }
}

/** Old and untagged manifests of the repository that nothing with a tag needs. */
async function findCandidates(
  reader: Kysely<InstanceSchema>,
  repositoryId: number,
  rule: UntaggedRule,
): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  let after: Buffer = Buffer.alloc(0);
  for (;;) {
    await nextTurn();
    const page = await reader
      .selectFrom('manifests')
      .select('digest')
      .where('repository_id', '=', repositoryId)
      .where('digest', '>', after)
      .orderBy('digest')
      .limit(PAGE_SIZE)
      .execute();
    const last = page.at(-1);
    if (last === undefined) return found;
    const rows = await reader
      .selectFrom('manifests')
      .select(['id', 'size', 'digest', 'subject_digest'])
      .where('repository_id', '=', repositoryId)
      .where('digest', '>', after)
      .where('digest', '<=', last.digest)
      .where(isOldAndUntagged(rule))
      .where(sql<boolean>`not exists (
        select 1 from manifest_descriptors d join tags t on t.manifest_id = d.manifest_id
         where d.repository_id = manifests.repository_id and d.digest = manifests.digest)`)
      .where(sql<boolean>`not exists (
        select 1 from manifests s join tags t on t.manifest_id = s.id
         where s.repository_id = manifests.repository_id and s.digest = manifests.subject_digest)`)
      .orderBy('digest')
      .execute();
    found.push(
      ...rows.map((row) => ({
        id: row.id,
        sizeBytes: row.size,
        digest: row.digest,
        subjectDigest: row.subject_digest,
      })),
    );
    if (page.length < PAGE_SIZE || found.length >= MAX_CANDIDATES) return found;
    after = last.digest;
  }
}

/** Takes, again and again, what nothing needs any more once those before it are gone; what is left is needed. */
async function orderRemovable(
  reader: Kysely<InstanceSchema>,
  repositoryId: number,
  candidates: readonly Candidate[],
): Promise<readonly UntaggedManifest[]> {
  const open = new Map<number, readonly number[]>();
  for (let start = 0; start < candidates.length; start += PAGE_SIZE) {
    await nextTurn();
    await addNeeders(reader, { repositoryId, candidates: candidates.slice(start, start + PAGE_SIZE) }, open);
  }
  const ordered: UntaggedManifest[] = [];
  const gone = new Set<number>();
  for (let before = -1; before !== gone.size; ) {
    before = gone.size;
    for (const { id, sizeBytes } of candidates) {
      const needers = open.get(id);
      if (needers === undefined || !needers.every((needer) => gone.has(needer))) continue;
      open.delete(id);
      gone.add(id);
      ordered.push({ id, sizeBytes });
    }
  }
  return ordered;
}

/** For each candidate the manifests that list it, and its subject. */
async function addNeeders(
  reader: Kysely<InstanceSchema>,
  { repositoryId, candidates }: { readonly repositoryId: number; readonly candidates: readonly Candidate[] },
  needers: Map<number, readonly number[]>,
): Promise<void> {
  const listing = await reader
    .selectFrom('manifest_descriptors')
    .select(['digest', 'manifest_id'])
    .distinct()
    .where('repository_id', '=', repositoryId)
    .where(
      'digest',
      'in',
      candidates.map((candidate) => candidate.digest),
    )
    .limit(MAX_NEEDERS)
    .execute();
  // Where not all of them are known, none of these goes now.
  const common = listing.length === MAX_NEEDERS ? [UNKNOWN] : [];
  const listedBy = Map.groupBy(listing, (row) => row.digest.toString('hex'));
  const subjects = candidates.flatMap(({ subjectDigest }) => (subjectDigest === null ? [] : [subjectDigest]));
  const present =
    subjects.length === 0
      ? []
      : await reader
          .selectFrom('manifests')
          .select(['id', 'digest'])
          .where('repository_id', '=', repositoryId)
          .where('digest', 'in', subjects)
          .execute();
  const ids = new Map(present.map((row) => [row.digest.toString('hex'), row.id]));
  for (const { id, digest, subjectDigest } of candidates) {
    const listers = listedBy.get(digest.toString('hex')) ?? [];
    const subject = subjectDigest === null ? undefined : ids.get(subjectDigest.toString('hex'));
    const found = listers.map((row) => row.manifest_id);
    needers.set(id, [...common, ...found, ...(subject === undefined ? [] : [subject])]);
  }
}
