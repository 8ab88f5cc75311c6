import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { lockCollectionState, writeCollectionState } from './collection-state.ts';

export interface ConfirmCollectionInput {
  /** The bytes that the person was shown: no more than these are removed by it. */
  readonly bytes: number;
  readonly now: number;
  readonly actor: Actor;
}

/**
 * Lets the collector remove up to so many bytes beyond its cap.
 * @throws ProductError PRECONDITION when it waits for no confirmation; VALIDATION
 */
export async function confirmCollection(context: InstanceTransaction, input: ConfirmCollectionInput): Promise<void> {
  const { bytes, now, actor } = input;
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new ProductError('VALIDATION', 'The bytes to confirm are a whole number, 0 or more.');
  }
  const state = await lockCollectionState(context);
  if (state.awaiting === null) {
    throw new ProductError('PRECONDITION', 'The collector waits for no confirmation: there is nothing to confirm.');
  }
  await writeCollectionState(context, state, { confirmedBytes: bytes });
  const detail = { bytes, awaitingBytes: state.awaiting.bytes, awaitingCount: state.awaiting.count };
  await appendJournal(context.tx, { at: now, actor, kind: 'collection.confirmed', detail });
}
