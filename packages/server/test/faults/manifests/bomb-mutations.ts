import { INDEX_TYPE } from '../seeded-content.ts';
import type { BaseManifest } from './base-manifests.ts';
import type { Mutant } from './mutant.ts';

const MIB = 1024 * 1024;
const LIMIT_BYTES = 4_160 * 1024;

/** Small in number, large in effect: depth, size, count. */
export function createBombMutants([base]: readonly BaseManifest[]): readonly Mutant[] {
  if (base === undefined) return [];
  const text = JSON.stringify(base.document);
  const within = (name: string, json: string): Mutant => ({
    name,
    bytes: Buffer.from(text.replace(/\}$/, `,"bomb":${json}}`)),
    contentType: base.contentType,
  });
  // Read to its end and then refused: what reading costs is measured here, not what storing does.
  const readWhole = (name: string, json: string): Mutant => within(name, `${json},"bomb":0`);
  const padded = (bytes: number, isChunked = false): Mutant => ({
    name: `an image padded to ${bytes} bytes${isChunked ? ' in chunks' : ''}`,
    bytes: Buffer.from(text + ' '.repeat(bytes - text.length)),
    contentType: base.contentType,
    isChunked,
  });
  const index = (name: string, json: string): Mutant => ({
    name,
    bytes: Buffer.from(`{"schemaVersion":2,"mediaType":"${INDEX_TYPE}",${json}}`),
    contentType: INDEX_TYPE,
  });
  const held = JSON.stringify(base.document['config']);
  const descriptor = '{"mediaType":"a/b","digest":"x","size":0}';
  return [
    ...[1_000, 100_000, 1_000_000, 4_000_000].map((depth) =>
      within(`nested ${depth} arrays deep, unclosed`, '['.repeat(depth)),
    ),
    ...[65, 200_000, 1_000_000].map((depth) =>
      within(`nested ${depth} arrays deep`, `${'['.repeat(depth)}${']'.repeat(depth)}`),
    ),
    ...[65, 100_000].map((depth) =>
      within(`nested ${depth} objects deep`, `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
    ),
    { name: 'only brackets', bytes: Buffer.alloc(4 * MIB, '['), contentType: base.contentType },
    { name: 'only quotes', bytes: Buffer.alloc(4 * MIB, '"'), contentType: base.contentType },
    {
      name: 'only backslashes in a string',
      bytes: Buffer.from(`"${'\\'.repeat(4 * MIB - 1)}`),
      contentType: base.contentType,
    },
    { name: 'only spaces', bytes: Buffer.alloc(4 * MIB, ' '), contentType: base.contentType },
    { name: 'only zeros', bytes: Buffer.alloc(4 * MIB), contentType: base.contentType },
    within('a list of 200,001 numbers', `[${'0,'.repeat(200_000)}0]`),
    within('a list of 2,000,000 numbers', `[${'0,'.repeat(1_999_999)}0]`),
    readWhole('a number of 4,000,000 digits', '1'.repeat(4_000_000)),
    readWhole('a string of 4,000,000 characters', `"${'a'.repeat(4_000_000)}"`),
    readWhole('a string of 600,000 escapes', `"${'\\u0061'.repeat(600_000)}"`),
    readWhole('a member of 4,000,000 characters', `{"${'a'.repeat(4_000_000)}":1}`),
    within('200,001 members', `{${Array.from({ length: 200_001 }, (_, at) => `"${at.toString(36)}":0`).join(',')}}`),
    within('100,000 members of one name', `{${'"a":0,'.repeat(99_999)}"a":0}`),
    readWhole('keys that hash alike', `{${Array.from({ length: 60_000 }, (_, at) => `"${at}":0`).join(',')}}`),
    ...[4_096, 4_097].map((count) =>
      index(`${count} entries that are there`, `"manifests":[${Array.from({ length: count }, () => held).join(',')}]`),
    ),
    index('10,001 entries', `"manifests":[${`${descriptor},`.repeat(10_000)}${descriptor}]`),
    index('50,000 entries', `"manifests":[${`${descriptor},`.repeat(49_999)}${descriptor}]`),
    index(
      '20,000 annotations with NUL',
      `"manifests":[],"annotations":{${Array.from({ length: 20_000 }, (_, at) => `"${at}":"\\u0000"`).join(',')}}`,
    ),
    ...[LIMIT_BYTES + 1, 5 * MIB, 8 * MIB].flatMap((bytes) => [padded(bytes), padded(bytes, true)]),
    padded(LIMIT_BYTES),
    padded(LIMIT_BYTES, true),
    { name: '8 MiB of brackets', bytes: Buffer.alloc(8 * MIB, '['), contentType: base.contentType },
    {
      name: '8 MiB of brackets in chunks',
      bytes: Buffer.alloc(8 * MIB, '['),
      contentType: base.contentType,
      isChunked: true,
    },
  ];
}
