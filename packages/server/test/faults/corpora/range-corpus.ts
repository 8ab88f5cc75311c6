import type { SeededRandom } from '../../support/seeded-random.ts';

const MAX_RANGES = 16;
const HUGE = [
  '9007199254740991',
  '9007199254740993',
  '18446744073709551615',
  '18446744073709551616',
  '9'.repeat(40),
  '9'.repeat(4_000),
];
const NUMBERS = [
  '',
  '0',
  '1',
  '-1',
  '+1',
  '00',
  '007',
  '1e2',
  '0x10',
  '1.5',
  ' ',
  ' 1',
  '1 ',
  'a',
  'NaN',
  'Infinity',
  '*',
  '١',
  '%30',
  ...HUGE,
];
const UNITS = [
  'bytes',
  'BYTES',
  'Bytes',
  'byte',
  'items',
  'chars',
  '',
  ' ',
  'bytes ',
  ' bytes',
  'bytes:',
  'none',
  'b',
  'seconds',
  '*',
];

/** Range headers: malformed, reversed, overlapping, too many, too large, at every edge. None twice. */
export function createRangeCorpus(sizeBytes: number, random: SeededRandom): readonly string[] {
  const edges = [0, 1, sizeBytes - 1, sizeBytes, sizeBytes + 1, 2 * sizeBytes, 2 ** 31, 2 ** 32, 2 ** 53].map(String);
  const pairs = NUMBERS.flatMap((first) => NUMBERS.map((last) => `bytes=${first}-${last}`));
  const edgePairs = ['', ...edges].flatMap((first) => ['', ...edges].map((last) => `bytes=${first}-${last}`));
  const units = UNITS.flatMap((unit) => [`${unit}=0-1`, `${unit}=0-`, `${unit} 0-1`, `${unit}=-5`]);
  const oddities = [
    ...[
      '',
      '=',
      '-',
      'bytes',
      'bytes=',
      'bytes=-',
      'bytes=,',
      'bytes=,,,',
      'bytes==0-1',
      'bytes=0',
      'bytes=0--1',
      'bytes=--1',
    ],
    ...[
      'bytes=0-1-2',
      'bytes=0–1',
      'bytes=0_1',
      'bytes=0:1',
      'bytes=0..1',
      'bytes=[0-1]',
      'bytes="0-1"',
      'bytes=0-1;q=1',
      'bytes=0-1/10',
    ],
    ...[
      'bytes 0-1/10',
      'bytes=0-1,',
      'bytes=,0-1',
      'bytes=0-1,,2-3',
      'bytes=0-1, 2-3',
      'bytes=0-1;2-3',
      'bytes=0-1 2-3',
      'bytes=0-1,bytes=2-3',
    ],
    ...[
      'bytes=0-1,x',
      'bytes=x,0-1',
      'bytes=0-1,5-2',
      'bytes=9-1,0-1',
      'bytes=0-0,-1',
      'bytes=0-,0-',
      'bytes=-1,-1',
      'bytes=-1,-2,-3',
    ],
    ...[
      `bytes=${'0-1,'.repeat(2_000)}`,
      `bytes=${','.repeat(5_000)}`,
      `bytes=${'-1,'.repeat(17)}`,
      'bytes=\t0-1',
      'bytes=0-\t1',
    ],
  ];
  const overlapping = Array.from(
    { length: 60 },
    () => `bytes=${listSpecs(random, sizeBytes, 2 + random.below(15), true)}`,
  );
  const disjoint = Array.from(
    { length: 60 },
    () => `bytes=${listSpecs(random, sizeBytes, 2 + random.below(15), false)}`,
  );
  const tooMany = [17, 18, 20, 32, 64, 100, 500, 1_000].flatMap((count) => [
    `bytes=${Array.from({ length: count }, (_, index) => `${2 * index}-${2 * index}`).join(',')}`,
    `bytes=${Array.from({ length: count }, () => '0-').join(',')}`,
  ]);
  const all = [...pairs, ...edgePairs, ...units, ...oddities, ...overlapping, ...disjoint, ...tooMany];
  // A header's value is trimmed by whoever reads it: what differs in outer spaces only is one input.
  return [...new Set(all.map((header) => header.trim()))];
}

function listSpecs(random: SeededRandom, sizeBytes: number, count: number, overlaps: boolean): string {
  const step = Math.floor(sizeBytes / count);
  const specs = Array.from({ length: count }, (_, index) => {
    const start = index * step + random.below(step / 2);
    return `${start}-${overlaps ? start + step + random.below(step) : start + random.below(step / 2)}`;
  });
  return random.sample(specs, count).join(',');
}

/** What RFC 9110 §14 and this registry's documents allow as the answer to a Range header. */
export type RangeVerdict =
  /** The one range: these bytes, 206. */
  | { readonly kind: 'one'; readonly start: number; readonly end: number }
  /** Several that do not overlap: 206 with these parts. */
  | { readonly kind: 'several'; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly kind: 'unsatisfiable' }
  /** Nothing to go by: the whole (200), or 416 where it is a range at all. */
  | { readonly kind: 'whole' };

/** Both ends of the result belong to it. */
export function judgeRange(header: string, sizeBytes: number): RangeVerdict {
  const specText = /^bytes *= *(.*)$/is.exec(header)?.[1];
  if (specText === undefined) return { kind: 'whole' };
  const specs = specText
    .split(',')
    .map((spec) => spec.trim())
    .filter((spec) => spec !== '');
  if (specs.length === 0 || specs.length > MAX_RANGES) return { kind: 'whole' };
  if (!specs.every((spec) => /^(?:[0-9]+-[0-9]*|-[0-9]+)$/.test(spec))) return { kind: 'whole' };
  if (specs.some(isReversed)) return { kind: 'whole' };
  const size = BigInt(sizeBytes);
  const ranges = specs.flatMap((spec) => resolve(spec, size)).toSorted((left, right) => left[0] - right[0]);
  if (ranges.length === 0) return { kind: 'unsatisfiable' };
  if (ranges.some(([start], index) => index > 0 && start <= (ranges[index - 1]?.[1] ?? -1))) return { kind: 'whole' };
  const [first] = ranges;
  if (ranges.length === 1 && first !== undefined) return { kind: 'one', start: first[0], end: first[1] };
  return { kind: 'several', ranges };
}

function isReversed(spec: string): boolean {
  const [first = '', last = ''] = spec.split('-');
  return first !== '' && last !== '' && BigInt(last) < BigInt(first);
}

function resolve(spec: string, size: bigint): readonly (readonly [number, number])[] {
  const [first = '', last = ''] = spec.split('-');
  if (first === '') {
    const length = BigInt(last);
    if (length === 0n) return [];
    return [[Number(length > size ? 0n : size - length), Number(size - 1n)]];
  }
  if (BigInt(first) >= size) return [];
  return [[Number(first), Number(last === '' || BigInt(last) >= size ? size - 1n : BigInt(last))]];
}
