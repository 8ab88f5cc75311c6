import { gzipSync } from 'node:zlib';
import { DOCKER_LIST_TYPE, DOCKER_TYPE, IMAGE_TYPE, INDEX_TYPE } from '../seeded-content.ts';
import type { BaseManifest } from './base-manifests.ts';
import type { Mutant } from './mutant.ts';

const CONTENT_TYPES = [
  ...[
    undefined,
    '',
    ' ',
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'text/json',
    'text/html',
    'text/plain',
  ],
  ...[
    'application/octet-stream',
    'application/xml',
    '*/*',
    'application/*',
    'application',
    '/',
    ';',
    'a/b/c',
    'application/json,text/html',
  ],
  ...[
    IMAGE_TYPE,
    INDEX_TYPE,
    DOCKER_TYPE,
    DOCKER_LIST_TYPE,
    `${IMAGE_TYPE}; charset=utf-8`,
    `${INDEX_TYPE};q=1`,
    IMAGE_TYPE.toUpperCase(),
  ],
  ...[
    `${IMAGE_TYPE} ${INDEX_TYPE}`,
    `${IMAGE_TYPE},${INDEX_TYPE}`,
    `${IMAGE_TYPE}\t`,
    `"${IMAGE_TYPE}"`,
    `${IMAGE_TYPE}x`,
    'x'.repeat(5_000),
  ],
  ...[
    'application/vnd.docker.distribution.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
  ],
  ...[
    'application/vnd.oci.image.config.v1+json',
    'application/vnd.oci.artifact.manifest.v1+json',
    'multipart/form-data; boundary=x',
  ],
  ...[
    'application/x-www-form-urlencoded',
    'application/\xff',
    '__proto__',
    'constructor/constructor',
    'application/vnd.oci.image.manifest.v2+json',
  ],
];

/** Every base under every Content-Type: the type that decides how bytes are read must be beyond doubt. */
export function createTypeMutants(bases: readonly BaseManifest[]): readonly Mutant[] {
  return bases.flatMap(({ name, document }) =>
    CONTENT_TYPES.flatMap((contentType) => {
      const { mediaType: _, ...withoutType } = document;
      const shown = contentType?.slice(0, 60) ?? 'no Content-Type';
      return [
        { name: `${name} as ${shown}`, bytes: Buffer.from(JSON.stringify(document)), contentType },
        { name: `${name} without mediaType as ${shown}`, bytes: Buffer.from(JSON.stringify(withoutType)), contentType },
      ];
    }),
  );
}

const FRAMES: Readonly<Record<string, (text: string) => string | Buffer>> = {
  'after a byte order mark': (text) => `\ufeff${text}`,
  'before a byte order mark': (text) => `${text}\ufeff`,
  'in UTF-16': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'in UTF-16 without a mark': (text) => Buffer.from(text, 'utf16le'),
  'in UTF-32': (text) =>
    Buffer.concat(Array.from(text, (character) => Buffer.from([character.charCodeAt(0), 0, 0, 0]))),
  'after NUL': (text) => `\0${text}`,
  'before NUL': (text) => `${text}\0`,
  'before white space': (text) => `${text}\r\n\t `,
  'after white space': (text) => ` \r\n\t${text}`,
  'after a form feed': (text) => `\f${text}`,
  'after a no-break space': (text) => `\u00a0${text}`,
  twice: (text) => text + text,
  'before {}': (text) => `${text}{}`,
  'before a letter': (text) => `${text}x`,
  'before a comma': (text) => `${text},`,
  'before a comment': (text) => `${text}// comment`,
  'after a comment': (text) => `/* comment */${text}`,
  'with a comment inside': (text) => text.replace(',', ',/* comment */'),
  'with a line comment inside': (text) => text.replace(',', ',// comment\n'),
  'with a hash comment inside': (text) => text.replace(',', ',# comment\n'),
  'with a comma too many': (text) => text.replace(/\}$/, ',}'),
  'with a comma at first': (text) => text.replace(/^\{/, '{,'),
  'in single quotes': (text) => text.replaceAll('"', "'"),
  'without quotes': (text) => text.replaceAll(/"(\w+)":/g, '$1:'),
  'in an array': (text) => `[${text}]`,
  'in a string': (text) => JSON.stringify(text),
  'in a member': (text) => `{"manifest":${text}}`,
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'as JSON lines': (text) => `${text}\n${text}\n`,
  'after a prefix against hijacking': (text) => `)]}',\n${text}`,
  'as JSONP': (text) => `callback(${text})`,
  'as YAML': (text) => text.replaceAll(/[{}"]/g, '').replaceAll(',', '\n'),
  'with all its escapes': (text) => text.replaceAll('a', '\\u0061'),
  'with its slashes escaped': (text) => text.replaceAll('/', '\\/'),
  'with invalid UTF-8': (text) => Buffer.from(text.replace('2,', '2,"\xff":1,'), 'latin1'),
  'with overlong UTF-8': (text) => Buffer.from(text.replace('2,', '2,"\xc0\xaf":1,'), 'latin1'),
  'with a surrogate in UTF-8': (text) => Buffer.from(text.replace('2,', '2,"\xed\xa0\x80":1,'), 'latin1'),
  'with a raw line feed in a string': (text) => text.replace('application', 'appli\ncation'),
  'with a raw DEL in a key': (text) => text.replace('2,', '2,"\x7f":1,'),
  compressed: (text) => gzipSync(text),
  'as an image and an index': (text) => text.replace(/\}$/, ',"layers":[],"manifests":[]}'),
  'as an index too': (text) => text.replace(/\}$/, ',"manifests":null}'),
  'with null layers too': (text) => text.replace(/\}$/, ',"layers":null}'),
  'with __proto__ as an object': (text) => text.replace(/^\{/, '{"__proto__":{"layers":[]},'),
  'with __proto__ twice': (text) => text.replace(/^\{/, '{"__proto__":1,"__proto__":2,'),
  'with schemaVersion 1 too': (text) => text.replace(/^\{/, '{"schemaVersion":1,'),
  'with an escaped duplicate': (text) => text.replace(/^\{/, '{"schema\\u0056ersion":2,'),
  'with a case variant': (text) => text.replace(/^\{/, '{"MediaType":"application/vnd.oci.image.index.v1+json",'),
  'with the Kelvin sign': (text) => text.replace(/^\{/, '{"artifactType":"x","artifactType\u212a":"y",'),
  'with the long s': (text) => text.replace(/^\{/, '{"layer\u017f":[],'),
  empty: () => '',
  'as null': () => 'null',
  'as {}': () => '{}',
  'as []': () => '[]',
  'as a number': () => '2',
};

/** Each base in each frame that some reader takes off. */
export function createFrameMutants(bases: readonly BaseManifest[]): readonly Mutant[] {
  return bases.flatMap(({ name, document, contentType }) =>
    Object.entries(FRAMES).map(([what, frame]) => ({
      name: `${name} ${what}`,
      bytes: Buffer.from(frame(JSON.stringify(document))),
      contentType,
    })),
  );
}

/** Bodies that say they are compressed. Compressed bytes are not the manifest's. */
export function createEncodedMutants(bases: readonly BaseManifest[]): readonly Mutant[] {
  return bases.flatMap(({ name, document, contentType }) =>
    ['gzip', 'x-gzip', 'deflate', 'br', 'zstd'].map((encoding) => ({
      name: `${name} with Content-Encoding: ${encoding}`,
      bytes: gzipSync(JSON.stringify(document)),
      contentType,
      headers: [['Content-Encoding', encoding]] as const,
    })),
  );
}
