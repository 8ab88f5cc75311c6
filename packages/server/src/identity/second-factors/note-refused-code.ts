import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';

export interface NoteRefusedCodeInput {
  readonly userId: number;
  /** What was to prove it; undefined: a code. */
  readonly factor?: string;
  /** What is wrong with a passkey's signature. */
  readonly reason?: string;
  readonly actor: Actor;
  readonly now: number;
}

/** Somebody who knows a password, or has a session, does not have the second factor. What was typed is not kept. */
export async function noteRefusedCode(
  { tx }: InstanceTransaction,
  { userId, factor, reason, actor, now }: NoteRefusedCodeInput,
): Promise<void> {
  const more = { ...(factor !== undefined && { factor }), ...(reason !== undefined && { reason }) };
  const detail = { userId, outcome: 'refused', ...more };
  await appendJournal(tx, { at: now, actor, kind: 'second-factor.refused', detail });
}
