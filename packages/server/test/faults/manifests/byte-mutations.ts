import type { SeededRandom } from '../../support/seeded-random.ts';
import type { BaseManifest } from './base-manifests.ts';
import type { Mutant } from './mutant.ts';

const INSERTED = [
  '\0',
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '\xff',
  '\xc0\x80',
  '\xed\xa0\x80',
  '\xef\xbb\xbf',
  '\n',
  ' ',
  '0',
  '-',
  'e1',
  '//',
  '/**/',
  '\x1b',
  '\\u0000',
];

type ByteMutation = (bytes: Buffer, random: SeededRandom) => Buffer;

const MUTATIONS: Readonly<Record<string, ByteMutation>> = {
  'a bit flipped': (bytes, random) => {
    const mutated = Buffer.from(bytes);
    const at = random.below(mutated.length);
    mutated[at] = (mutated[at] ?? 0) ^ (1 << random.below(8));
    return mutated;
  },
  'several bits flipped': (bytes, random) => {
    const mutated = Buffer.from(bytes);
    for (let count = 2 + random.below(6); count > 0; count -= 1) {
      const at = random.below(mutated.length);
      mutated[at] = (mutated[at] ?? 0) ^ (1 << random.below(8));
    }
    return mutated;
  },
  truncated: (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  'without its beginning': (bytes, random) => bytes.subarray(1 + random.below(bytes.length - 1)),
  'bytes inserted': (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(INSERTED), 'latin1'), bytes.subarray(at)]);
  },
  'bytes taken out': (bytes, random) => {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(12))]);
  },
  'a piece repeated': (bytes, random) => {
    const start = random.below(bytes.length);
    const end = start + 1 + random.below(120);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start, end), bytes.subarray(end)]);
  },
  'two bytes exchanged': (bytes, random) => {
    const mutated = Buffer.from(bytes);
    const [one, other] = [random.below(bytes.length), random.below(bytes.length)];
    mutated[one] = bytes[other] ?? 0;
    mutated[other] = bytes[one] ?? 0;
    return mutated;
  },
};

/** Damage that does not know what it damages. */
export function createByteMutants(
  bases: readonly BaseManifest[],
  random: SeededRandom,
  count: number,
): readonly Mutant[] {
  const names = Object.keys(MUTATIONS);
  return Array.from({ length: count }, (_, index) => {
    const { name, document, contentType } = random.pick(bases);
    const mutation = names[index % names.length] ?? '';
    const bytes = MUTATIONS[mutation]?.(Buffer.from(JSON.stringify(document)), random) ?? Buffer.alloc(0);
    return { name: `${name}, ${mutation}`, bytes, contentType };
  });
}
