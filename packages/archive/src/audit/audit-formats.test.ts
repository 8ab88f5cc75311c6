import { describe, expect, it } from 'vitest';
import { createKey } from '../../test/sample-export.ts';
import { formatPayload } from './audit-payload.ts';
import { findCheckpoint, formatCheckpoint, splitNotes } from './checkpoint.ts';
import { IdRanges } from './id-ranges.ts';
import { hashLeaf } from './merkle-hash.ts';
import { findSigner, signNote } from './signed-note.ts';
import { findVerifierKey, parseVerifierKey } from './verifier-key.ts';

const { key, privateKey } = createKey();
const CHECKPOINT = { origin: 'roadstead/main', size: 7, root: hashLeaf('root') };

describe('a checkpoint', () => {
  it('comes back as it was signed', () => {
    const note = signNote(formatCheckpoint(CHECKPOINT), key, privateKey);
    const found = findCheckpoint(note);
    expect(found).toMatchObject(CHECKPOINT);
    expect(found && findSigner(found.note, [createKey().key, key])).toBe(key);
    expect(found && findSigner(found.note, [createKey().key])).toBeUndefined();
  });

  it('is none when anything of its form is missing', () => {
    const note = signNote(formatCheckpoint(CHECKPOINT), key, privateKey);
    for (const text of [
      '',
      note.slice(0, -1),
      note.replace('\n\n', '\n'),
      note.replace('\n7\n', '\n07\n'),
      note.replace('— ', '- '),
    ])
      expect(findCheckpoint(text)).toBeUndefined();
  });

  it('is found among others, whatever stands between them', () => {
    const notes = [7, 8, 9].map((size) => signNote(formatCheckpoint({ ...CHECKPOINT, size }), key, privateKey));
    expect(splitNotes(notes.join('\n'))).toEqual({ notes, otherLines: 0 });
    expect(splitNotes(notes.join(''))).toEqual({ notes, otherLines: 0 });
    expect(splitNotes(`${notes.join('\n\n')}\nroadstead/main\n1`)).toEqual({ notes, otherLines: 2 });
  });
});

describe('a key', () => {
  it('is refused when its hash, its kind or its form is another', () => {
    expect(parseVerifierKey(key.text)).toMatchObject({ name: key.name, keyHash: key.keyHash });
    const [name = '', , encoded = ''] = key.text.split('+');
    for (const text of ['', name, key.text.replace(name, 'other'), `${name}+00000000+${encoded}`, `${key.text}=`])
      expect(findVerifierKey(text)).toBeUndefined();
  });
});

describe('a payload', () => {
  it('is one text, whatever the order of its fields', () => {
    const text = '{"a":"ü\\n\\"","b":1}';
    expect(formatPayload({ b: 1, a: 'ü\n"', none: null })).toBe(text);
    expect(formatPayload({ a: 'ü\n"', b: 1, missing: undefined })).toBe(text);
    expect(() => formatPayload({ a: 1.5 })).toThrow(RangeError);
  });
});

describe('ranges of ids', () => {
  it('are merged, and know what is in them', () => {
    const ranges = IdRanges.parse(['9-12', '3', '4', '11-14', 'x', '7-']);
    expect(ranges.toTexts()).toEqual(['3-4', '9-14']);
    expect([2, 3, 4, 5, 9, 14, 15].map((id) => ranges.has(id))).toEqual([false, true, true, false, true, true, false]);
    const asked = IdRanges.parse(['1-10']);
    expect(asked.without(ranges, 100)).toEqual([1, 2, 5, 6, 7, 8]);
    expect(asked.without(ranges, 2)).toEqual([1, 2]);
  });
});
