import { decodeBase64 } from '@roadstead/oci';
import { HASH_BYTES } from './merkle-hash.ts';
import { findNote, type SignedNote } from './signed-note.ts';

/** What a checkpoint says of a log (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Which log it is: `roadstead/<instance>`. */
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

export interface SignedCheckpoint extends Checkpoint {
  readonly note: SignedNote;
}

const SIZE = /^(?:0|[1-9]\d{0,14})$/;

export function auditOrigin(instanceId: string): string {
  return `roadstead/${instanceId}`;
}

/** The text to be signed. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** Undefined when it is no signed checkpoint. Who has signed it is another question. */
export function findCheckpoint(text: string): SignedCheckpoint | undefined {
  const note = findNote(text);
  if (note === undefined) return undefined;
  const [origin = '', size = '', encoded = ''] = note.text.split('\n');
  const root = decodeBase64(encoded);
  if (origin === '' || !SIZE.test(size) || root?.length !== HASH_BYTES) return undefined;
  return { origin, size: Number(size), root: Buffer.from(root), note };
}

/** The checkpoints of a file that a witness has kept, one behind the other, and how many lines in it are of none. */
export function splitNotes(text: string): { readonly notes: readonly string[]; readonly otherLines: number } {
  const notes: string[] = [];
  let otherLines = 0;
  let body: string[] = [];
  let signatures: string[] = [];
  const end = () => {
    if (signatures.length > 0) notes.push(`${body.join('\n')}\n\n${signatures.join('\n')}\n`);
    else otherLines += body.length;
    [body, signatures] = [[], []];
  };
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('— ')) signatures.push(line);
    else if (line !== '') {
      if (signatures.length > 0) end();
      body.push(line);
    }
  }
  end();
  return { notes, otherLines };
}
