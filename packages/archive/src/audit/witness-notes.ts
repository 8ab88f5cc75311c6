import { findCheckpoint, type SignedCheckpoint, splitNotes } from './checkpoint.ts';
import { findSigner } from './signed-note.ts';
import type { VerifierKey } from './verifier-key.ts';

/** What a witness has kept, ready to be compared. */
export interface WitnessNotes {
  /** The smallest first. */
  readonly checkpoints: readonly SignedCheckpoint[];
  /** Signed by none of the keys: as if the log's key had been replaced. */
  readonly foreign: readonly SignedCheckpoint[];
  /** Checkpoints of other logs. */
  readonly otherLogs: number;
  /** Lines that belong to no checkpoint. */
  readonly otherLines: number;
}

/** @param text a file with one checkpoint behind the other */
export function readWitnessNotes(text: string, origin: string, keys: readonly VerifierKey[]): WitnessNotes {
  const { notes, otherLines } = splitNotes(text);
  const found = notes.map(findCheckpoint);
  const own = found.filter((each) => each?.origin === origin).filter((each) => each !== undefined);
  const isOurs = ({ note }: SignedCheckpoint) => findSigner(note, keys) !== undefined;
  return {
    checkpoints: own.filter(isOurs).toSorted((left, right) => left.size - right.size),
    foreign: own.filter((each) => !isOurs(each)),
    otherLogs: found.filter((each) => each !== undefined && each.origin !== origin).length,
    otherLines: otherLines + found.filter((each) => each === undefined).length,
  };
}
