import type { Kysely } from 'kysely';
import { fixedDispatch } from '../db/instance/fixed-statement.ts';
import type { InstanceSchema, JournalRow } from '../db/instance/schema.ts';
import type { Actor } from '../kernel/actor.ts';
import { principalKey } from '../kernel/principal.ts';
import { noticeOfEntry } from '../mail-queue/notice-of-entry.ts';
import { queueMail } from '../mail-queue/queue-mail.ts';

/** One change of an instance, as it is told to the journal's readers. */
export interface JournalEntry {
  readonly at: number;
  readonly actor: Actor;
  /** `manifest.pushed`, `tag.moved`, `tag.deleted`, `blob.uploaded`, `project.created` … */
  readonly kind: string;
  readonly projectId?: number;
  readonly repository?: string;
  /** What else there is to say. Entries of an audit sink have `resource` and `outcome` in it. */
  readonly detail: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/**
 * The ordered, append-only record of an instance's changes: a plain insert in the transaction of the change, so that a
 * change and its entry are there together or not at all. Audit, webhooks, export and live views read it.
 *
 * One change is one entry, by whichever way it comes. What happens to content (blobs, manifests, tags) and to accounts is
 * appended here by the command that does it. What has an outcome (a project was made, later a login was refused) is told to an
 * `AuditSink`, which is an interface because what is tried and refused may be kept elsewhere too; `journalAuditSink` writes
 * the same kind of entry. Who reads the audit log reads all of them: actor, address and request stand on each.
 *
 * Of a change that the owner of an account should know of, a mail is queued along with it, by whichever way it came.
 */
export async function appendJournal(tx: Kysely<InstanceSchema>, entry: JournalEntry): Promise<void> {
  await insertRow(tx, {
    at: entry.at,
    kind: entry.kind,
    actor: principalKey(entry.actor.principal),
    request_id: entry.actor.requestId,
    address: entry.actor.address,
    user_agent: entry.actor.userAgent,
    project_id: entry.projectId ?? null,
    repository: entry.repository ?? null,
    detail: JSON.stringify(entry.detail),
  });
  const mail = noticeOfEntry(entry);
  if (mail !== undefined) await queueMail(tx, { ...mail, now: entry.at });
}

const insertRow = fixedDispatch<Omit<JournalRow, 'id'>>((db, row) =>
  db.insertInto('journal').values({
    at: row.at,
    kind: row.kind,
    actor: row.actor,
    request_id: row.request_id,
    address: row.address,
    user_agent: row.user_agent,
    project_id: row.project_id,
    repository: row.repository,
    detail: row.detail,
  }),
);
