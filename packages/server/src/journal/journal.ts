import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';
import type { Actor } from '../kernel/actor.ts';
import { principalKey } from '../kernel/principal.ts';

/** One change of an instance, as it is told to the journal's readers. */
export interface JournalEntry {
  readonly at: number;
  readonly actor: Actor;
  /** `manifest.pushed`, `tag.moved`, `tag.deleted`, `blob.uploaded`, `project.created` … */
  readonly kind: string;
  readonly projectId?: number;
  readonly repository?: string;
  readonly detail: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/**
 * The ordered, append-only record of an instance's changes: a plain insert in the transaction of the change, so that a
 * change and its entry are there together or not at all. Audit, webhooks, export and live views read it.
 */
export async function appendJournal(tx: Kysely<InstanceSchema>, entry: JournalEntry): Promise<void> {
  await tx
    .insertInto('journal')
    .values({
      at: entry.at,
      kind: entry.kind,
      actor: principalKey(entry.actor.principal),
      request_id: entry.actor.requestId,
      address: entry.actor.address,
      user_agent: entry.actor.userAgent,
      project_id: entry.projectId ?? null,
      repository: entry.repository ?? null,
      detail: JSON.stringify(entry.detail),
    })
    .execute();
}
