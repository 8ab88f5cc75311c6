import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_MANIFEST_DESCRIPTORS, type ParsedManifest, parseManifest } from './manifest.ts';
import { MANIFEST_TYPES, MEDIA_TYPES } from './media-types.ts';

const encoder = new TextEncoder();
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const SHA512_DIGEST = `sha512:${'cd'.repeat(64)}`;
const CONFIG = { mediaType: MEDIA_TYPES.ociImageConfig, digest: DIGEST, size: 7 };
const LAYER = { mediaType: MEDIA_TYPES.ociLayerGzip, digest: DIGEST, size: 1000 };
const IMAGE = { schemaVersion: 2, config: CONFIG, layers: [LAYER] };
const INDEX = { schemaVersion: 2, manifests: [{ mediaType: MEDIA_TYPES.ociImageManifest, digest: DIGEST, size: 500 }] };

function parse(document: unknown, contentType?: string): ParsedManifest {
  return parseText(JSON.stringify(document), contentType);
}

function parseText(text: string, contentType?: string): ParsedManifest {
  return parseManifest(encoder.encode(text), contentType);
}

const INVALID = expect.objectContaining({ code: 'MANIFEST_INVALID', status: 400 });

describe('parseManifest', () => {
  it('reads an image', () => {
    const document = {
      ...IMAGE,
      mediaType: MEDIA_TYPES.ociImageManifest,
      subject: { mediaType: MEDIA_TYPES.ociImageManifest, digest: SHA512_DIGEST, size: 3 },
      annotations: { 'org.opencontainers.image.title': 'x' },
      extra: { anything: [1.5, -2, 1e3, null] },
    };
    const text = JSON.stringify(document, null, 3);
    expect(parseText(text, MEDIA_TYPES.ociImageManifest)).toEqual({
      kind: 'image',
      mediaType: MEDIA_TYPES.ociImageManifest,
      artifactType: MEDIA_TYPES.ociImageConfig,
      config: CONFIG,
      layers: [LAYER],
      manifests: [],
      subject: document.subject,
      annotations: document.annotations,
      size: text.length,
    });
  });

  it('reads an index', () => {
    const parsed = parse({ ...INDEX, artifactType: 'application/vnd.opentofu.provider' }, MEDIA_TYPES.ociImageIndex);
    expect(parsed).toMatchObject({
      kind: 'index',
      artifactType: 'application/vnd.opentofu.provider',
      layers: [],
      manifests: INDEX.manifests,
    });
    expect(parsed.config).toBeUndefined();
    expect(parse(INDEX).artifactType).toBeUndefined();
  });

  it('gives every field of a descriptor', () => {
    const layer = {
      mediaType: 'text/plain; charset=utf-8',
      digest: SHA512_DIGEST,
      size: 3,
      urls: ['https://example.com/a'],
      annotations: { a: 'b' },
      data: 'YWJj',
      artifactType: 'application/x',
      platform: { architecture: 'arm64', os: 'linux', 'os.version': '1', 'os.features': ['f'], variant: 'v8' },
    };
    expect(parse({ ...IMAGE, layers: [layer] }).layers).toEqual([layer]);
  });

  it('counts the bytes, not the characters', () => {
    expect(parse({ ...IMAGE, annotations: { a: 'é' } }).size).toBe(
      JSON.stringify({ ...IMAGE, annotations: { a: 'é' } }).length + 1,
    );
  });
});

describe('the type of a manifest', () => {
  it.each([
    [IMAGE, undefined, MEDIA_TYPES.ociImageManifest],
    [IMAGE, '', MEDIA_TYPES.ociImageManifest],
    [IMAGE, 'application/json', MEDIA_TYPES.ociImageManifest],
    [IMAGE, 'application/json; charset=utf-8', MEDIA_TYPES.ociImageManifest],
    [INDEX, undefined, MEDIA_TYPES.ociImageIndex],
    [IMAGE, MEDIA_TYPES.dockerManifest, MEDIA_TYPES.dockerManifest],
    [INDEX, MEDIA_TYPES.dockerManifestList, MEDIA_TYPES.dockerManifestList],
    [IMAGE, `${MEDIA_TYPES.ociImageManifest}; charset=utf-8`, MEDIA_TYPES.ociImageManifest],
    [IMAGE, MEDIA_TYPES.ociImageManifest.toUpperCase(), MEDIA_TYPES.ociImageManifest],
    [{ ...IMAGE, mediaType: MEDIA_TYPES.dockerManifest }, 'application/json', MEDIA_TYPES.dockerManifest],
    [{ ...IMAGE, mediaType: MEDIA_TYPES.dockerManifest }, undefined, MEDIA_TYPES.dockerManifest],
    [{ ...IMAGE, mediaType: null }, undefined, MEDIA_TYPES.ociImageManifest],
  ])('is taken from the header, the body, or its members (%#)', (document, contentType, expected) => {
    expect(parse(document, contentType).mediaType).toBe(expected);
  });

  it('may be said twice only if both say the same, whatever the members are', () => {
    for (const header of MANIFEST_TYPES) {
      for (const body of [undefined, ...MANIFEST_TYPES]) {
        for (const members of [IMAGE, INDEX]) {
          const document = body === undefined ? members : { ...members, mediaType: body };
          const fits = (body === undefined || body === header) && (members === INDEX) === /index|list/.test(header);
          if (fits) expect(parse(document, header).mediaType).toBe(header);
          else expect(() => parse(document, header)).toThrow(INVALID);
        }
      }
    }
  });

  it.each([
    'text/html',
    'application/octet-stream',
    'nonsense',
    'application/x-www-form-urlencoded',
    'application/vnd.oci.artifact.manifest.v1+json',
    'a/b, c/d',
  ])('is not %s, and the message says what is accepted', (contentType) => {
    expect(() => parse(IMAGE, contentType)).toThrow(INVALID);
    expect(() => parse(IMAGE, contentType)).toThrow(MEDIA_TYPES.ociImageIndex);
  });

  it.each([
    '',
    'application/json',
    `${MEDIA_TYPES.ociImageManifest};a=b`,
    'application/vnd.OCI.image.manifest.v1+json',
    7,
    {},
  ])('in the body is not %j', (mediaType) => {
    expect(() => parse({ ...IMAGE, mediaType })).toThrow(INVALID);
  });

  it('cannot be guessed from nothing', () => {
    expect(() => parse({ schemaVersion: 2 })).toThrow(/what kind of manifest/);
  });

  it.each([MEDIA_TYPES.dockerManifestSchema1, MEDIA_TYPES.dockerManifestSchema1Signed, undefined])(
    'of Docker schema 1 is refused in plain words (%s)',
    (contentType) => {
      expect(() => parse({ schemaVersion: 1, fsLayers: [], history: [] }, contentType)).toThrow(
        /schema 1 are not accepted: push the image again/,
      );
    },
  );
});

describe('a document that could be taken for two things', () => {
  const both = { ...IMAGE, ...INDEX };

  it.each([undefined, ...MANIFEST_TYPES])('is refused under the Content-Type %s (CVE-2021-41190)', (contentType) => {
    expect(() => parse(both, contentType)).toThrow(/either an image or an index/);
    expect(() => parse({ ...IMAGE, manifests: [] }, contentType)).toThrow(INVALID);
    expect(() => parse({ ...IMAGE, manifests: null }, contentType)).toThrow(INVALID);
    expect(() => parse({ ...INDEX, layers: [] }, contentType)).toThrow(INVALID);
    expect(() => parse({ ...INDEX, config: null }, contentType)).toThrow(INVALID);
  });

  it.each([
    'Layers',
    'LAYERS',
    'Manifests',
    'MediaType',
    'mediatype',
    'Config',
    'SchemaVersion',
    'Subject',
    'Annotations',
    'ArtifactType',
    'layer\u017f',
  ])('is refused for its member %s', (member) => {
    expect(() => parse({ ...IMAGE, [member]: null })).toThrow(/in case only/);
  });

  it.each(['Digest', 'SIZE', 'mediatype', 'dige\u017ft', 'URLs'])(
    'is refused for the member %s of a descriptor',
    (member) => {
      expect(() => parse({ ...IMAGE, layers: [{ ...LAYER, [member]: DIGEST }] })).toThrow(/in case only/);
    },
  );

  it.each([
    `{"schemaVersion":2,"config":${JSON.stringify(CONFIG)},"layers":[],"layers":[]}`,
    `\ufeff${JSON.stringify(IMAGE)}`,
    `${JSON.stringify(IMAGE)}\0`,
    `${JSON.stringify(IMAGE)}{}`,
    `// x\n${JSON.stringify(IMAGE)}`,
    `[${JSON.stringify(IMAGE)}]`,
    'null',
    '"x"',
    '2',
    '',
  ])('is refused for how it is written (%#)', (text) => {
    expect(() => parseText(text, MEDIA_TYPES.ociImageManifest)).toThrow(INVALID);
  });

  it('keeps __proto__ out of what is read', () => {
    const text = `{"__proto__":{"config":1},${JSON.stringify(IMAGE).slice(1, -1)},"annotations":{"__proto__":"x"}}`;
    const parsed = parseText(text);
    expect(parsed.config).toEqual(CONFIG);
    expect(Object.keys(parsed.annotations)).toEqual(['__proto__']);
  });
});

describe('the members of a manifest', () => {
  it.each([
    '1e2',
    '-5',
    '-0',
    '1.0',
    '1.5',
    '"5"',
    '9007199254740992',
    '99999999999999999999',
    'null',
    'true',
    '[]',
    '{}',
  ])('may not have the size %s', (size) => {
    const text = JSON.stringify(IMAGE).replace('"size":1000', `"size":${size}`);
    expect(() => parseText(text)).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID', detail: { path: 'layers[0].size' } }),
    );
  });

  it.each([0, 1, Number.MAX_SAFE_INTEGER])('may have the size %d', (size) => {
    expect(parse({ ...IMAGE, layers: [{ ...LAYER, size }] }).layers[0]?.size).toBe(size);
  });

  it.each(['2.0', '2e0', '"2"', '3', '0', 'null', '-2'])('may not have the schema version %s', (version) => {
    const text = JSON.stringify(IMAGE).replace('"schemaVersion":2', `"schemaVersion":${version}`);
    expect(() => parseText(text)).toThrow(INVALID);
  });

  it('must have a schema version', () => {
    expect(() => parse({ config: CONFIG, layers: [] })).toThrow(/number 2/);
  });

  it.each([
    undefined,
    null,
    [],
    'x',
    {},
    { ...CONFIG, digest: undefined },
    { ...CONFIG, mediaType: undefined },
    { ...CONFIG, size: undefined },
  ])('must have a config that is a descriptor (%#)', (config) => {
    expect(() => parse({ ...IMAGE, config })).toThrow(INVALID);
  });

  it('name the digest algorithms that are supported', () => {
    expect(() => parse({ ...IMAGE, layers: [{ ...LAYER, digest: `md5:${'0'.repeat(32)}` }] })).toThrow(
      'layers[0].digest: The digest algorithm "md5" is not supported: use sha256 or sha512.',
    );
  });

  it.each([
    ['layers', {}],
    ['layers', 'x'],
    ['layers', [null]],
    ['layers', [[]]],
    ['layers', [{ ...LAYER, urls: 'x' }]],
    ['layers', [{ ...LAYER, urls: [1] }]],
    ['layers', [{ ...LAYER, annotations: [] }]],
    ['layers', [{ ...LAYER, annotations: { a: 1 } }]],
    ['layers', [{ ...LAYER, annotations: { a: null } }]],
    ['layers', [{ ...LAYER, platform: 'linux/amd64' }]],
    ['layers', [{ ...LAYER, platform: { os: 1 } }]],
    ['layers', [{ ...LAYER, platform: { 'os.features': 'x' } }]],
    ['layers', [{ ...LAYER, artifactType: 1 }]],
    ['layers', [{ ...LAYER, mediaType: 1 }]],
    ['layers', [{ ...LAYER, data: 1 }]],
    ['layers', [{ ...LAYER, data: 'YWJj' }]],
    ['layers', [{ ...LAYER, size: 3, data: 'YWJ' }]],
    ['layers', [{ ...LAYER, size: 3, data: 'YWJj\n' }]],
    ['subject', []],
    ['subject', 'x'],
    ['subject', { ...LAYER, digest: 'sha256:0' }],
    ['annotations', []],
    ['annotations', 'x'],
    ['annotations', { a: { b: 'c' } }],
    ['annotations', { 'a\0': 'b' }],
    ['annotations', { a: '\0' }],
    ['artifactType', 1],
  ])('are refused when %s is %j', (field, value) => {
    expect(() => parse({ ...IMAGE, [field]: value })).toThrow(INVALID);
  });

  it('may be null where Go writes null for what is not set', () => {
    const nothing = { subject: null, annotations: null, artifactType: null, layers: null };
    expect(parse({ ...IMAGE, ...nothing })).toMatchObject({
      layers: [],
      annotations: {},
      artifactType: CONFIG.mediaType,
    });
    expect(parse({ schemaVersion: 2, manifests: null }).manifests).toEqual([]);
    expect(parse({ ...IMAGE, artifactType: '' }).artifactType).toBe(CONFIG.mediaType);
    const layer = { ...LAYER, urls: null, annotations: null, data: null, platform: null, artifactType: null };
    expect(parse({ ...IMAGE, layers: [layer] }).layers).toEqual([LAYER]);
  });

  it('are limited in number, with a sentence', () => {
    const layers = Array.from({ length: MAX_MANIFEST_DESCRIPTORS }, () => LAYER);
    expect(parse({ ...IMAGE, layers }).layers).toHaveLength(MAX_MANIFEST_DESCRIPTORS);
    expect(() => parse({ ...IMAGE, layers: [...layers, LAYER] })).toThrow(
      /4097 entries are too many: the registry accepts 4096/,
    );
    expect(() => parseManifest(encoder.encode(JSON.stringify(INDEX)), undefined, { maxDescriptors: 0 })).toThrow(
      INVALID,
    );
  });

  it('are refused at once when there are hundreds of thousands of them', () => {
    const members = Array.from({ length: 400_000 }, (_, index) => `"${index.toString(36)}":""`).join(',');
    const startMs = performance.now();
    expect(() => parseText(`{"schemaVersion":2,"annotations":{${members}}}`)).toThrow(/more than 65536 values/);
    expect(performance.now() - startMs).toBeLessThan(3000);
  });
});

describe('any JSON', () => {
  it('is read or refused as a manifest, and breaks nothing', () => {
    const field = fc.constantFrom(
      'schemaVersion',
      'mediaType',
      'config',
      'layers',
      'manifests',
      'subject',
      'annotations',
      'artifactType',
    );
    fc.assert(
      fc.property(field, fc.option(field, { nil: undefined }), fc.jsonValue(), (first, second, value) => {
        const document = { ...IMAGE, [first]: value, ...(second === undefined ? {} : { [second]: value }) };
        try {
          expect(parse(document).kind).toMatch(/^(image|index)$/);
        } catch (error) {
          expect(error).toEqual(INVALID);
        }
      }),
      { numRuns: 500 },
    );
  });
});
