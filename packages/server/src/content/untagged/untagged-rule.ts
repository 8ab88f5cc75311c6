import { sql } from 'kysely';

/** A project whose untagged manifests are deleted. */
export interface UntaggedRule {
  readonly projectId: number;
  /** Manifests that were pushed, and lost their last tag, at or before this instant are old enough. */
  readonly cutoff: number;
  readonly now: number;
}

export interface UntaggedProject {
  readonly id: number;
  readonly untagged_after_ms: number | null;
  readonly untagged_from: number | null;
}

/** The rule of a project now, or undefined when it deletes nothing. */
export function untaggedRule(project: UntaggedProject, now: number, pushWindowMs: number): UntaggedRule | undefined {
  const { id, untagged_after_ms: afterMs, untagged_from: from } = project;
  if (afterMs === null || (from !== null && from > now)) return undefined;
  // Whatever the policy says, a push that has stored a part comes to its end first.
  return { projectId: id, cutoff: now - Math.max(afterMs, pushWindowMs), now };
}

/** Of a row of `manifests`: no tag stands at it, it has been so for long enough, and no push relies on it. */
export function isOldAndUntagged({ cutoff, now }: UntaggedRule) {
  return sql<boolean>`(
    manifests.created_at <= ${cutoff}
    and (manifests.held_until is null or manifests.held_until <= ${now})
    and not exists (select 1 from tags t where t.manifest_id = manifests.id)
    and not exists (
      select 1 from tag_history h
       where h.repository_id = manifests.repository_id and h.before_digest = manifests.digest and h.at > ${cutoff}))`;
}
