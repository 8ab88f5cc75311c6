import { hashAuditLeaf, hashPayload } from './audit-leaf.ts';
import {
  type AuditCheckpointLine,
  type AuditEntryLine,
  type AuditLine,
  type AuditMissingLine,
  type AuditStumpLine,
  findAuditLine,
  findObject,
} from './audit-line.ts';
import { type AuditFinding, type AuditReport, MAX_FINDINGS } from './audit-report.ts';
import { findCheckpoint } from './checkpoint.ts';
import { IdRanges } from './id-ranges.ts';
import { foldPeaks, MerkleFrontier } from './merkle-frontier.ts';
import { findSigner } from './signed-note.ts';
import { findVerifierKey, type VerifierKey } from './verifier-key.ts';
import { Witnesses } from './witnesses.ts';

export interface AuditVerifierOptions {
  /** Those that the log's owner has kept. Without them the file's own keys are believed. */
  readonly keys?: readonly VerifierKey[] | undefined;
  /** The files of witnesses, as they are. */
  readonly witnesses?: readonly string[] | undefined;
}

type LeafLine = AuditEntryLine | AuditStumpLine | AuditMissingLine;

/** Erasures tell of themselves by entries of this kind, whose detail lists the ids. */
export const ERASED_KIND = 'audit.erased';

/** Holes that are remembered until the entry comes later, or never. */
const MAX_HOLES = 10_000;

/**
 * Reads an export line by line, and says of each entry whether it is what was logged. It asks nobody, knows no secret, and keeps
 * no entry.
 */
export class AuditVerifier {
  readonly #given: readonly VerifierKey[];
  readonly #witnesses: Witnesses;
  readonly #keys: VerifierKey[] = [];
  readonly #findings: AuditFinding[] = [];
  readonly #stumps = new IdRanges();
  readonly #erased = new IdRanges();
  /** Positions that were skipped. */
  readonly #holes = new Map<number, true>();
  #moreFindings = 0;
  #lines = 0;
  #origin = '';
  #frontier = new MerkleFrontier();
  /** Positions that were passed, whether or not their entries were there. */
  #next = 0;
  /** Whether every leaf since the last checkpoint was there: only then its root can be told. */
  #isComputable = true;
  #stumpCount = 0;
  #checkpoints = 0;
  #lastCheckpoint = 0;
  #signedSize = 0;
  #endSize: number | undefined;

  constructor({ keys = [], witnesses }: AuditVerifierOptions = {}) {
    this.#given = keys;
    this.#witnesses = new Witnesses(witnesses, (finding) => this.#report(finding));
  }

  addLine(text: string): void {
    this.#lines += 1;
    const line = findAuditLine(text);
    if (line === undefined) {
      this.#report({ kind: 'format', text: `line ${this.#lines} is not a line of an audit export` });
      return;
    }
    if (this.#endSize !== undefined) {
      this.#report({ kind: 'format', text: `line ${this.#lines} stands behind the end` });
    }
    if ((line.type === 'header') !== (this.#lines === 1)) {
      this.#report({
        kind: 'format',
        text: `line ${this.#lines} ${this.#lines === 1 ? 'is' : 'ought to be'} no header`,
      });
    }
    this.#take(line);
  }

  /** After the last line. */
  finish(): AuditReport {
    for (const position of this.#holes.keys()) {
      this.#report({ kind: 'deleted', text: `the entry at position ${position} is not in the file`, position });
    }
    for (const id of this.#stumps.without(this.#erased, MAX_FINDINGS)) {
      const text = `entry ${id} was made a stump, and no erasure in the log tells of it`;
      this.#report({ kind: 'deleted', text, id });
    }
    if (this.#endSize === undefined) {
      this.#report({ kind: 'format', text: 'the end is missing: this is only a part of an export' });
    } else if (this.#endSize !== this.#next) {
      const text = `the export says that it has ${this.#endSize} entries, and has ${this.#next}`;
      this.#report({ kind: 'format', text });
    }
    this.#witnesses.finish(this.#origin, this.#trusted(), this.#next);
    return {
      isWhole: this.#findings.length === 0,
      origin: this.#origin,
      size: this.#next,
      erased: this.#stumpCount,
      checkpoints: this.#checkpoints,
      signedSize: this.#signedSize,
      keySource: this.#given.length > 0 ? 'given' : 'file',
      keys: this.#trusted().map(({ text }) => text),
      witnessed: this.#witnesses.compared,
      findings: this.#findings,
      moreFindings: this.#moreFindings,
      limits: this.#describeLimits(),
    };
  }

  #take(line: AuditLine): void {
    switch (line.type) {
      case 'header':
        this.#origin = line.origin;
        return;
      case 'key':
        this.#takeKey(line.key);
        return;
      case 'entry':
      case 'stump':
      case 'missing':
        this.#takeLeaf(line);
        return;
      case 'checkpoint':
        this.#takeCheckpoint(line);
        return;
      case 'unlogged':
        this.#report({
          kind: 'inserted',
          text: `entry ${line.id} is in the journal, and was never logged`,
          id: line.id,
        });
        return;
      case 'end':
        this.#endSize = line.size;
    }
  }

  #takeKey(text: string): void {
    const key = findVerifierKey(text);
    if (key === undefined) this.#report({ kind: 'format', text: `line ${this.#lines} has no key that can be read` });
    else this.#keys.push(key);
  }

  #trusted(): readonly VerifierKey[] {
    return this.#given.length > 0 ? this.#given : this.#keys;
  }

  #takeLeaf(line: LeafLine): void {
    this.#checkContent(line);
    const { id, at, position } = line;
    if (position !== this.#next) {
      this.#takeMisplaced(line);
      if (position < this.#next) return;
    }
    this.#next = position + 1;
    if (!this.#isComputable) return;
    this.#frontier.append(hashAuditLeaf({ id, at, payloadHash: Buffer.from(line.hash, 'hex') }));
    this.#witnesses.compare(this.#origin, this.#trusted(), this.#frontier);
  }

  #takeMisplaced({ id, position }: LeafLine): void {
    if (position > this.#next) {
      this.#isComputable = false;
      for (let hole = this.#next; hole < position && this.#holes.size < MAX_HOLES; hole += 1)
        this.#holes.set(hole, true);
      return;
    }
    if (this.#holes.delete(position)) {
      const text = `entry ${id} stands behind position ${this.#next - 1}, and belongs to position ${position}`;
      this.#report({ kind: 'reordered', text, id, position });
      return;
    }
    const text = `entry ${id} is a second one for position ${position}`;
    this.#report({ kind: 'inserted', text, id, position });
  }

  #checkContent(line: LeafLine): void {
    const { id, at, position, hash } = line;
    if (line.type === 'missing') {
      this.#report({ kind: 'deleted', text: `entry ${id} is not in the journal any more`, id, position });
      return;
    }
    if (line.type === 'stump') {
      this.#stumps.add(id);
      this.#stumpCount += 1;
      return;
    }
    const payload = findObject(line.payload);
    const isAsLogged = hashPayload(Buffer.from(line.salt, 'hex'), line.payload).toString('hex') === hash;
    if (!isAsLogged || payload?.['id'] !== id || payload['at'] !== at) {
      this.#report({ kind: 'altered', text: `entry ${id} is not what was logged`, id, position });
      return;
    }
    if (payload['kind'] === ERASED_KIND) this.#erased.addAll(readErased(payload['detail']));
  }

  #takeCheckpoint({ note, peaks }: AuditCheckpointLine): void {
    this.#checkpoints += 1;
    const checkpoint = findCheckpoint(note);
    if (checkpoint === undefined || checkpoint.origin !== this.#origin) {
      const whose = checkpoint === undefined ? 'no checkpoint' : `a checkpoint of ${checkpoint.origin}`;
      this.#report({ kind: 'checkpoint', text: `line ${this.#lines} has ${whose}` });
      return;
    }
    const { size, root } = checkpoint;
    const isSigned = findSigner(checkpoint.note, this.#trusted()) !== undefined;
    if (!isSigned) {
      this.#report({ kind: 'signature', text: `the checkpoint of size ${size} is signed by no trusted key` });
    }
    if (size !== this.#next) {
      const text = `the checkpoint of size ${size} stands behind ${this.#next} entries`;
      this.#report({ kind: 'checkpoint', text });
      return;
    }
    const isAsComputed = this.#isComputable && this.#frontier.root().equals(root);
    if (isSigned && this.#isComputable && !isAsComputed) this.#reportRewritten(size);
    if (isSigned) this.#signedSize = size;
    this.#lastCheckpoint = size;
    if (!isAsComputed && isSigned) this.#goOnFrom(size, root, peaks);
  }

  #reportRewritten(size: number): void {
    const range = [this.#lastCheckpoint, size - 1] as const;
    const text = `between the positions ${range[0]} and ${range[1]} entries were changed, put in, taken out or exchanged together with their hashes`;
    this.#report({ kind: 'rewritten', text, range });
  }

  /** What was signed is known to be right, whatever stood before it. */
  #goOnFrom(size: number, root: Buffer, texts: readonly string[]): void {
    const peaks = texts.map((text) => Buffer.from(text, 'hex'));
    this.#isComputable = false;
    if (!foldPeaks(peaks).equals(root)) return;
    try {
      this.#frontier = new MerkleFrontier(size, peaks);
      this.#isComputable = true;
    } catch {
      // Peaks of another size: what comes next cannot be told.
    }
  }

  #describeLimits(): readonly string[] {
    const limits: string[] = [];
    const open = this.#next - this.#signedSize;
    if (open > 0) {
      limits.push(
        `The last ${open === 1 ? 'entry is' : `${open} entries are`} behind the last checkpoint with a trusted signature: nothing vouches for them yet.`,
      );
    }
    if (this.#witnesses.compared === undefined) {
      limits.push(
        'Whether entries were cut off at the end, together with their checkpoints, cannot be seen without a witness: add --witness FILE with checkpoints that were kept elsewhere.',
      );
    } else if (this.#witnesses.newest < this.#next) {
      limits.push(
        `The newest checkpoint of the witnesses covers ${this.#witnesses.newest} entries: whether some were cut off behind the ${this.#next} that are here cannot be seen with it.`,
      );
    }
    if (this.#given.length === 0) {
      limits.push(
        'The key was taken from the file itself: whoever could rewrite everything could have put his own key there. Compare it with one that was kept elsewhere, by --key FILE.',
      );
    }
    return limits;
  }

  #report(finding: AuditFinding): void {
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push(finding);
    else this.#moreFindings += 1;
  }
}

function readErased(detail: unknown): IdRanges {
  const ids = typeof detail === 'string' ? findObject(detail)?.['ids'] : undefined;
  return IdRanges.parse(Array.isArray(ids) ? ids : []);
}
