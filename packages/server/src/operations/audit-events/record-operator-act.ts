import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import { systemActor } from '../../kernel/actor.ts';

/** What an operator does to an instance as a whole, on the server's machine. Places are told by their kinds: whose they are is his. */
export type OperatorAct =
  | { readonly kind: 'storage.moved'; readonly from: string; readonly to: string }
  | { readonly kind: 'database.move-begun'; readonly from: string; readonly to: string }
  | { readonly kind: 'database.rebuilt'; readonly restoredTo: number; readonly isWhole: boolean };

export interface RecordOperatorActInput {
  /** `admin rebuild` */
  readonly command: string;
  readonly act: OperatorAct;
  readonly now: number;
}

/** Writes what changes no row that has an entry of its own. */
export async function recordOperatorAct(
  { tx }: Pick<InstanceTransaction, 'tx'>,
  { command, act: { kind, ...detail }, now }: RecordOperatorActInput,
): Promise<void> {
  const entry = { at: now, actor: systemActor(command), kind };
  await appendJournal(tx, { ...entry, detail: { resource: 'the instance', outcome: 'done', ...detail } });
}
