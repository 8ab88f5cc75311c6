import type { Actor } from './actor.ts';

/** One thing that somebody did or tried, in words that a customer reads later. Never holds a secret (invariant 14). */
export interface AuditEvent {
  readonly at: number;
  readonly actor: Actor;
  /** `project.created`, `login.failed` … */
  readonly kind: string;
  /** What it was done to: a project, a repository with a digest, a user's name. */
  readonly resource: string;
  readonly projectId?: number;
  readonly outcome: 'done' | 'refused';
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** Where audit events go: a row in the transaction of the change that they tell of. */
export interface AuditSink<Tx> {
  record(tx: Tx, event: AuditEvent): Promise<void>;
}
