import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';
import type { AuditEvent, AuditSink } from '../kernel/audit-sink.ts';
import { appendJournal } from './journal.ts';

/** Keeps audit events as entries of the journal: the one row that tells of the change is its audit row too. */
export const journalAuditSink: AuditSink<Kysely<InstanceSchema>> = {
  record: (tx: Kysely<InstanceSchema>, event: AuditEvent) =>
    appendJournal(tx, {
      at: event.at,
      actor: event.actor,
      kind: event.kind,
      ...(event.projectId === undefined ? {} : { projectId: event.projectId }),
      detail: { resource: event.resource, outcome: event.outcome, ...event.detail },
    }),
};
