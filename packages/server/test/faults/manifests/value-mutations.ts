import type { SeededRandom } from '../../support/seeded-random.ts';
import type { BaseManifest } from './base-manifests.ts';
import type { Mutant } from './mutant.ts';

/** JSON text that stands in for a value: numbers that JavaScript cannot write, nesting, duplicates. */
class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const NUMBERS = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '-5',
    '2',
    '3',
    '1e2',
    '1E2',
    '2e0',
    '2.0',
    '2.5',
    '0.1',
    '1e400',
    '-1e400',
    '1e-400',
    '9007199254740991',
  ],
  ...[
    '9007199254740992',
    '9223372036854775807',
    '9223372036854775808',
    '18446744073709551616',
    '9'.repeat(400),
    '00',
    '01',
    '+1',
    '.5',
    '5.',
  ],
  ...['0x10', '0b1', '1_000', 'NaN', 'Infinity', '-Infinity', '-', '1e', '1e+', '--1', '1.e1', "'1'", '１'],
];
const VALUES = [
  ...[
    'null',
    'true',
    'false',
    '""',
    '"x"',
    '[]',
    '{}',
    '[[]]',
    '[null]',
    '[{}]',
    '{"":null}',
    'undefined',
    'nul',
    'True',
    '',
    "'x'",
    'x',
  ],
  ...[
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\ud83d\\ude00"',
    '"\\x41"',
    '"\\',
    '"\n"',
    '"\t"',
    '"\x7f"',
    '"\u2028"',
    '"\ud83d\ude00"',
  ],
  ...[
    '{"__proto__":{"digest":"x"}}',
    '{"constructor":{"prototype":{}}}',
    '{"toString":null}',
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
  ],
  ...[
    nested(40),
    nested(61),
    nested(62),
    nested(63),
    nested(64),
    nested(70),
    nested(1_000),
    `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`,
  ],
  ...[
    `"${'a'.repeat(70_000)}"`,
    `"${'\\u0061'.repeat(5_000)}"`,
    `[${'0,'.repeat(2_000)}0]`,
    `[${'{},'.repeat(500)}{}]`,
  ],
  ...[
    '"2"',
    '"sha256:x"',
    '"application/json"',
    '"application/vnd.oci.image.index.v1+json"',
    '"application/vnd.oci.image.manifest.v1+json"',
  ],
  ...[
    `"sha256:${'0'.repeat(64)}"`,
    `"sha256:${'A'.repeat(64)}"`,
    `"sha512:${'0'.repeat(64)}"`,
    `"sha512:${'0'.repeat(128)}"`,
    `"md5:${'0'.repeat(32)}"`,
  ],
  ...[
    '"AAAA"',
    '"AAA="',
    '"AAA"',
    '"!!!!"',
    '["https://example.com"]',
    '["\\u0000"]',
    '{"a":"\\u0000"}',
    '{"\\u0000":"a"}',
    '{"a":1}',
    '[1]',
  ],
];

const EXTRA_KEYS = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    '',
    ' ',
    'layers ',
    'layers\0',
    'Layers',
    'LAYERS',
    'layerſ',
    'manifests',
    'Manifests',
  ],
  ...[
    'config',
    'Config',
    'layers',
    'mediatype',
    'MediaType',
    'MEDIATYPE',
    'schemaversion',
    'digest',
    'Digest',
    'DIGEST',
    'Size',
    'size',
    'urls',
  ],
  ...[
    'URLs',
    'data',
    'Data',
    'platform',
    'Platform',
    'annotations',
    'Annotations',
    'subject',
    'Subject',
    'artifacttype',
    'artifactType',
    'fsLayers',
  ],
  ...['history', 'signatures', 'unknown', 'x'.repeat(5_000), '名', '\u202e', 'a.b', '$ref', '#', '//'],
];

type Path = readonly (string | number)[];

/** Changes that know JSON, and the fields of manifests. */
export function createValueMutants(
  bases: readonly BaseManifest[],
  random: SeededRandom,
  count: number,
): readonly Mutant[] {
  return Array.from({ length: count }, () => {
    const { name, document, contentType } = random.pick(bases);
    const paths = listPaths(document, []);
    const path = random.pick(paths);
    const { text, what } = mutateAt(document, path, random);
    return { name: `${name}, ${path.join('.')} ${what}`, bytes: Buffer.from(text), contentType };
  });
}

/** Each known field of each base, replaced by each number: sizes and versions are where they hurt. */
export function createNumberMutants(bases: readonly BaseManifest[]): readonly Mutant[] {
  return bases.slice(0, 5).flatMap(({ name, document, contentType }) =>
    listPaths(document, [])
      .filter((path) => path.at(-1) === 'size' || path.at(-1) === 'schemaVersion')
      .slice(0, 3)
      .flatMap((path) =>
        NUMBERS.map((number) => ({
          name: `${name}, ${path.join('.')} is ${number.slice(0, 30)}`,
          bytes: Buffer.from(write(replaceAt(document, path, new RawJson(number)))),
          contentType,
        })),
      ),
  );
}

function mutateAt(
  document: unknown,
  path: Path,
  random: SeededRandom,
): { readonly text: string; readonly what: string } {
  const kind = random.below(10);
  const key = random.pick(EXTRA_KEYS);
  const raw = random.below(3) === 0 ? random.pick(NUMBERS) : random.pick(VALUES);
  if (kind < 5) return { text: write(replaceAt(document, path, new RawJson(raw))), what: `is ${raw.slice(0, 40)}` };
  if (kind === 5) return { text: write(replaceAt(document, path, undefined)), what: 'is left out' };
  if (kind === 6) {
    const value = valueAt(document, path);
    return { text: write(replaceAt(document, path, [value])), what: 'is in an array' };
  }
  const parent = path.slice(0, -1);
  const object = valueAt(document, parent);
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    return { text: write(replaceAt(document, path, new RawJson(raw))), what: `is ${raw.slice(0, 40)}` };
  }
  if (kind === 7) {
    const twice = `${write(object).slice(0, -1)},${JSON.stringify(String(path.at(-1)))}:${raw}}`;
    return { text: write(replaceAt(document, parent, new RawJson(twice))), what: `comes again as ${raw.slice(0, 40)}` };
  }
  const extended = `${write(object).slice(0, -1)}${Object.keys(object).length > 0 ? ',' : ''}${JSON.stringify(key)}:${raw}}`;
  return { text: write(replaceAt(document, parent, new RawJson(extended))), what: `has ${key.slice(0, 40)} beside it` };
}

function listPaths(value: unknown, path: Path): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Array.isArray(value)
    ? value.flatMap((item, index) => listPaths(item, [...path, index]))
    : Object.entries(value).flatMap(([key, item]) => listPaths(item, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => (isRecord(at) ? at[String(step)] : undefined), value);
}

function replaceAt(value: unknown, [step, ...rest]: Path, replacement: unknown): unknown {
  if (step === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? replaceAt(item, rest, replacement) : item));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === step ? replaceAt(item, rest, replacement) : item]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** As JSON.stringify does, but for what stands in raw. */
function write(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => write(item === undefined ? null : item)).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`).join(',')}}`;
}
