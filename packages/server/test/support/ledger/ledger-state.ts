import type { LedgerBlob, LedgerEvent, Outcome, Write } from './ledger-event.ts';
import { ABSENT, Register } from './register.ts';

/** The value of a blob or manifest that is there. */
export const PRESENT = 'present';

const NOTHING: ReadonlySet<string> = new Set([ABSENT]);

export type Subject = 'blob' | 'manifest' | 'tag';

export interface LedgerUpload {
  readonly id: string;
  readonly repository: string;
  readonly blob: LedgerBlob;
  readonly location: string;
  /** The last offset that was acknowledged. */
  ackedBytes: number;
  /** Offsets of appends whose outcome is not known. */
  readonly maybeBytes: Set<number>;
  /** A close or a cancellation was asked for and not refused: it may be gone. */
  mayBeGone: boolean;
}

/** What a manifest lists: all of it is readable while the manifest is there. */
export interface ListedContent {
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
}

interface Entry {
  readonly subject: Subject;
  readonly repository: string;
  /** The digest, or the tag's name. */
  readonly name: string;
  readonly register: Register;
}

/** Everything that the ledger says about what the server must and may hold. */
export class LedgerState {
  readonly #entries = new Map<string, Entry>();
  readonly #tagsOf = new Map<string, Set<string>>();
  readonly #listed = new Map<string, ListedContent>();
  readonly #uploads = new Map<string, LedgerUpload>();
  readonly #pending = new Map<number, Write>();
  #position = 0;

  /** How many events it has seen. */
  get position(): number {
    return this.#position;
  }

  apply(event: LedgerEvent): void {
    const at = this.#position;
    this.#position += 1;
    if ('intent' in event) this.#begin(event.op, at, event.intent);
    else if ('outcome' in event) this.#settle(event.op, at, event.outcome, event.location);
    else if ('observed' in event) this.#observe(event.observed, at, event.value);
    else this.#restart(at);
  }

  *entries(subject: Subject): IterableIterator<Entry> {
    for (const entry of this.#entries.values()) if (entry.subject === subject) yield entry;
  }

  repositories(): readonly string[] {
    return [...new Set([...this.#entries.values()].map((entry) => entry.repository))];
  }

  uploads(): readonly LedgerUpload[] {
    return [...this.#uploads.values()];
  }

  /** Empty for a manifest of which the ledger has never heard. */
  listedBy(digest: string): ListedContent {
    return this.#listed.get(digest) ?? { blobs: [], manifests: [] };
  }

  /** What a lookup may find. */
  possibleValues(subject: Subject, repository: string, name: string): ReadonlySet<string> {
    const values = this.#entries.get(keyOf(subject, repository, name))?.register.possibleValues() ?? NOTHING;
    if (subject !== 'tag') return values;
    // A manifest takes its tags along when it is deleted.
    const possible = new Set<string>();
    for (const value of values) {
      const manifest = value === ABSENT ? NOTHING : this.possibleValues('manifest', repository, value);
      if (manifest.has(ABSENT)) possible.add(ABSENT);
      if (manifest.has(PRESENT)) possible.add(value);
    }
    return possible;
  }

  #begin(op: number, at: number, write: Write): void {
    this.#pending.set(op, write);
    for (const { register, value } of this.#effectsOf(write)) register.begin(op, at, value);
    if (write.kind === 'manifest.put') this.#beginPut(op, at, write);
    if (write.kind === 'manifest.delete') this.#beginTagRemoval(op, at, write.repository, write.digest);
    const upload = 'upload' in write ? this.#uploads.get(write.upload) : undefined;
    if (upload === undefined) return;
    if (write.kind === 'upload.append') upload.maybeBytes.add(write.toBytes);
    else upload.mayBeGone = true;
  }

  #beginPut(op: number, at: number, write: Extract<Write, { kind: 'manifest.put' }>): void {
    this.#listed.set(write.digest, { blobs: write.blobs, manifests: write.manifests });
    if (write.tag === undefined) return;
    // A delete of the same manifest that is under way may come after this push and take the tag.
    for (const [other, pending] of this.#pending) {
      const isSame = pending.kind === 'manifest.delete' && pending.digest === write.digest;
      if (!isSame || pending.repository !== write.repository || other === op) continue;
      this.#registerOf('tag', write.repository, write.tag).begin(other, at, ABSENT);
    }
  }

  #beginTagRemoval(op: number, at: number, repository: string, digest: string): void {
    for (const tag of this.#tagsOf.get(repository) ?? []) {
      const register = this.#registerOf('tag', repository, tag);
      if (register.possibleValues().has(digest)) register.begin(op, at, ABSENT);
    }
  }

  #settle(op: number, at: number, outcome: Outcome, location: string | undefined): void {
    const write = this.#pending.get(op);
    if (write === undefined) throw new Error(`the ledger has an outcome of the unknown request ${op}`);
    if (outcome !== 'lost') this.#pending.delete(op);
    for (const { register } of this.#effectsOf(write)) register.settle(op, at, { outcome });
    if (write.kind === 'manifest.delete') {
      for (const tag of this.#tagsOf.get(write.repository) ?? []) {
        this.#registerOf('tag', write.repository, tag).settle(op, at, { outcome, isWeak: true });
      }
    }
    if ('upload' in write) this.#settleUpload(write, outcome, location);
  }

  #settleUpload(write: Extract<Write, { upload: string }>, outcome: Outcome, location: string | undefined): void {
    if (write.kind === 'upload.open') {
      if (outcome !== 'acknowledged' || location === undefined) return;
      const { upload: id, repository, blob } = write;
      this.#uploads.set(id, {
        id,
        repository,
        blob,
        location,
        ackedBytes: 0,
        maybeBytes: new Set(),
        mayBeGone: false,
      });
      return;
    }
    const upload = this.#uploads.get(write.upload);
    if (upload === undefined) return;
    if (write.kind === 'upload.append') {
      if (outcome === 'acknowledged') {
        upload.ackedBytes = write.toBytes;
        upload.maybeBytes.clear();
      } else if (outcome === 'refused') upload.maybeBytes.delete(write.toBytes);
    } else if (outcome === 'acknowledged') this.#uploads.delete(write.upload);
  }

  #observe(key: string, at: number, value: string): void {
    const upload = this.#uploads.get(key);
    if (upload === undefined) {
      const [subject, repository, name] = key.split(' ') as [Subject, string, string];
      this.#registerOf(subject, repository, name).observe(at, value);
      return;
    }
    if (value === ABSENT) this.#uploads.delete(key);
    else {
      upload.ackedBytes = Number(value);
      upload.maybeBytes.clear();
    }
  }

  #restart(at: number): void {
    this.#pending.clear();
    for (const { register } of this.#entries.values()) if (register.isPending()) register.settleLost(at);
  }

  #effectsOf(write: Write): readonly { readonly register: Register; readonly value: string }[] {
    switch (write.kind) {
      case 'blob.put':
      case 'upload.close':
        return [{ register: this.#registerOf('blob', write.repository, write.digest), value: PRESENT }];
      case 'blob.delete':
        return [{ register: this.#registerOf('blob', write.repository, write.digest), value: ABSENT }];
      case 'manifest.put': {
        const manifest = {
          register: this.#registerOf('manifest', write.repository, write.digest),
          value: PRESENT,
        };
        if (write.tag === undefined) return [manifest];
        return [manifest, { register: this.#registerOf('tag', write.repository, write.tag), value: write.digest }];
      }
      case 'manifest.delete':
        return [{ register: this.#registerOf('manifest', write.repository, write.digest), value: ABSENT }];
      case 'tag.delete':
        return [{ register: this.#registerOf('tag', write.repository, write.tag), value: ABSENT }];
      default:
        return [];
    }
  }

  #registerOf(subject: Subject, repository: string, name: string): Register {
    const key = keyOf(subject, repository, name);
    const existing = this.#entries.get(key);
    if (existing !== undefined) return existing.register;
    const register = new Register();
    this.#entries.set(key, { subject, repository, name, register });
    if (subject === 'tag') {
      const tags = this.#tagsOf.get(repository) ?? new Set();
      this.#tagsOf.set(repository, tags.add(name));
    }
    return register;
  }
}

/** How an observation names what was observed. */
export function keyOf(subject: Subject, repository: string, name: string): string {
  return `${subject} ${repository} ${name}`;
}
