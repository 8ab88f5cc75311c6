import type { AuditFinding } from './audit-report.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import type { MerkleFrontier } from './merkle-frontier.ts';
import type { VerifierKey } from './verifier-key.ts';
import { readWitnessNotes } from './witness-notes.ts';

/** Compares a log, as it is read, with what witnesses have seen of it. */
export class Witnesses {
  readonly #texts: readonly string[] | undefined;
  readonly #report: (finding: AuditFinding) => void;
  #notes: readonly SignedCheckpoint[] | undefined;
  #next = 0;
  #compared = 0;

  /** @param texts undefined when there is no witness */
  constructor(texts: readonly string[] | undefined, report: (finding: AuditFinding) => void) {
    this.#texts = texts;
    this.#report = report;
  }

  /** How many checkpoints were compared. */
  get compared(): number | undefined {
    return this.#texts === undefined ? undefined : this.#compared;
  }

  /** The size that the newest of them covers. */
  get newest(): number {
    return this.#notes?.at(-1)?.size ?? 0;
  }

  /** After each entry; the log's origin and keys are known by then. */
  compare(origin: string, keys: readonly VerifierKey[], frontier: MerkleFrontier): void {
    if (this.#texts === undefined) return;
    this.#notes ??= this.#read(this.#texts, origin, keys);
    for (let note = this.#notes[this.#next]; note !== undefined; note = this.#notes[this.#next]) {
      if (note.size > frontier.size) return;
      this.#next += 1;
      // Below what could be computed: a stretch behind which the reading went on from a checkpoint.
      if (note.size < frontier.size) continue;
      this.#compared += 1;
      if (!note.root.equals(frontier.root())) {
        const text = `a witness has another log of ${note.size} entries: this one was rewritten, or is another branch`;
        this.#report({ kind: 'forked', text, position: note.size - 1 });
      }
    }
  }

  /** @param size entries that the log has */
  finish(origin: string, keys: readonly VerifierKey[], size: number): void {
    if (this.#texts === undefined) return;
    this.#notes ??= this.#read(this.#texts, origin, keys);
    const beyond = this.#notes.filter((note) => note.size > size);
    this.#compared += beyond.length;
    const newest = beyond.at(-1);
    if (newest === undefined) return;
    const text = `a witness has a checkpoint of ${newest.size} entries, and the log ends after ${size}: entries were cut off`;
    this.#report({ kind: 'truncated', text, range: [size, newest.size - 1] });
  }

  #read(texts: readonly string[], origin: string, keys: readonly VerifierKey[]): readonly SignedCheckpoint[] {
    const { checkpoints, foreign, otherLogs } = readWitnessNotes(texts.join('\n'), origin, keys);
    const [first] = foreign;
    if (first !== undefined) {
      const which = foreign.length === 1 ? 'a checkpoint' : `${foreign.length} checkpoints`;
      const text = `a witness has ${which} of this log (the first one of ${first.size} entries) with a signature of none of its trusted keys: the key was replaced, or somebody else has signed`;
      this.#report({ kind: 'signature', text });
    }
    if (checkpoints.length + foreign.length === 0) {
      const others = otherLogs === 0 ? '' : `, but ${otherLogs} of others`;
      this.#report({ kind: 'format', text: `the witness has no checkpoint of ${origin}${others}` });
    }
    return checkpoints;
  }
}
