import { MEDIA_TYPES, parseDigest, parseNextLink, referrersFallbackTag } from '@roadstead/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { type Answer, errorCode, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import {
  describeManifest,
  digestOf,
  freshBytes,
  type SampleDescriptor,
  type SampleManifest,
  sampleImage,
  sampleIndex,
} from './support/sample-content.ts';

interface ReferrersIndex {
  readonly schemaVersion: number;
  readonly mediaType: string;
  readonly manifests: readonly SampleDescriptor[];
}

describe.each(ENGINES)('referrers on %s', (engine) => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    await registry.admin.createProject('team');
  });
  afterAll(() => registry?.close());

  const list = (digest: string, query = '', repository = 'team/app') =>
    registry.admin.get(`/v2/${repository}/referrers/${digest}${query}`);
  const entries = (answer: Answer) => readJson<ReferrersIndex>(answer).manifests;
  const digests = (answer: Answer) => entries(answer).map((entry) => entry.digest);

  async function push(manifest: SampleManifest, repository = 'team/app') {
    for (const blob of manifest.blobs) await registry.admin.pushBlob(repository, blob);
    const answer = await registry.admin.putManifest(repository, manifest.digest, manifest);
    expect(answer.status, answer.text).toBe(201);
    return answer;
  }

  it('of what nobody refers to, or of a repository that is not there, are an empty index', async () => {
    for (const repository of ['team/app', 'team/never']) {
      const answer = await list(digestOf(freshBytes()), '', repository);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe(MEDIA_TYPES.ociImageIndex);
      expect(readJson(answer)).toEqual({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociImageIndex, manifests: [] });
    }
  });

  it('of a malformed digest are a 400', async () => {
    const answer = await list('sha256:short');
    expect([answer.status, errorCode(answer)]).toEqual([400, 'DIGEST_INVALID']);
    expect((await list(digestOf(freshBytes()), '?after=x')).status).toBe(400);
  });

  it('are listed in the order of their pushes, with artifact type and annotations, also before their subject comes', async () => {
    const subject = sampleImage();
    const annotations = { 'org.example.note': 'first "of" two' };
    const first = sampleImage({
      artifactType: 'application/vnd.example.sbom',
      annotations,
      subject: describeManifest(subject),
    });
    const second = sampleIndex([], {
      artifactType: 'application/vnd.example.index',
      annotations: undefined,
      subject: describeManifest(subject),
    });
    const put = await push(first);
    expect(put.headers['oci-subject']).toBe(subject.digest);
    await push(second);
    await push(subject);
    const answer = await list(subject.digest);
    expect(entries(answer)).toEqual([
      { ...describeManifest(first), artifactType: 'application/vnd.example.sbom', annotations },
      { ...describeManifest(second), artifactType: 'application/vnd.example.index' },
    ]);
    expect((await list(subject.digest, '', 'team/other')).status).toBe(200);
    expect(digests(await list(subject.digest, '', 'team/other'))).toEqual([]);
    const head = await registry.admin.head(`/v2/team/app/referrers/${subject.digest}`);
    expect([head.status, head.headers['content-length']]).toEqual([200, answer.headers['content-length']]);
  });

  it('without an artifact type of their own go by the media type of their config', async () => {
    const subject = sampleImage();
    const referrer = sampleImage({ subject: describeManifest(subject) });
    await push(referrer);
    expect(entries(await list(subject.digest))[0]?.['artifactType']).toBe(MEDIA_TYPES.ociImageConfig);
  });

  it('are filtered by artifact type, and the answer says so', async () => {
    const subject = sampleImage();
    const refer = (artifactType: string) => sampleImage({ artifactType, subject: describeManifest(subject) });
    const [signature, sbom] = [refer('application/vnd.example.signature+json'), refer('application/vnd.example.sbom')];
    await push(signature);
    await push(sbom);
    const filter = `?artifactType=${encodeURIComponent('application/vnd.example.signature+json')}`;
    const filtered = await list(subject.digest, filter);
    expect(filtered.headers['oci-filters-applied']).toBe('artifactType');
    expect(digests(filtered)).toEqual([signature.digest]);
    const all = await list(subject.digest);
    expect(all.headers['oci-filters-applied']).toBeUndefined();
    expect(digests(all)).toHaveLength(2);
    expect(digests(await list(subject.digest, '?artifactType=none/none'))).toEqual([]);
  });

  it('include what older clients listed under the fallback tag, once, and only what is there', async () => {
    const subject = sampleImage();
    await push(subject);
    const own = sampleImage({ artifactType: 'application/vnd.example.own', subject: describeManifest(subject) });
    const older = sampleImage({ artifactType: 'application/vnd.example.older' });
    const gone = sampleImage();
    for (const manifest of [own, older, gone]) await push(manifest);
    const fallback = sampleIndex([own, older, gone].map(describeManifest));
    const tag = referrersFallbackTag(parseDigest(subject.digest));
    expect((await registry.admin.putManifest('team/app', tag, fallback)).status).toBe(201);
    expect(digests(await list(subject.digest))).toEqual([own.digest, older.digest, gone.digest]);
    expect(digests(await list(subject.digest, '?artifactType=application/vnd.example.older'))).toEqual([older.digest]);
    expect((await registry.admin.delete(`/v2/team/app/manifests/${tag}`)).status).toBe(202);
    expect(digests(await list(subject.digest))).toEqual([own.digest]);
  });

  it('of a sha512 subject are listed under it', async () => {
    const subject = sampleImage();
    const digest = digestOf(subject.bytes, 'sha512');
    const referrer = sampleImage({ subject: { ...describeManifest(subject), digest } });
    const put = await push(referrer);
    expect(put.headers['oci-subject']).toBe(digest);
    expect(digests(await list(digest))).toEqual([referrer.digest]);
    expect(digests(await list(subject.digest))).toEqual([]);
  });

  it('disappear with the manifest that refers, not with its subject', async () => {
    const subject = sampleImage();
    const [first, second] = [1, 2].map(() => sampleImage({ subject: describeManifest(subject) })) as [
      SampleManifest,
      SampleManifest,
    ];
    for (const manifest of [subject, first, second]) await push(manifest);
    expect((await registry.admin.delete(`/v2/team/app/manifests/${first.digest}`)).status).toBe(202);
    expect(digests(await list(subject.digest))).toEqual([second.digest]);
    expect((await registry.admin.delete(`/v2/team/app/manifests/${subject.digest}`)).status).toBe(202);
    expect(digests(await list(subject.digest))).toEqual([second.digest]);
  });

  it('of large annotations come in pages of at most 4 MiB, linked, filtered alike, each once', async () => {
    const subject = sampleImage();
    const note = 'x'.repeat(700_000);
    const pushed: string[] = [];
    for (let index = 0; index < 10; index += 1) {
      const artifactType = index % 2 === 0 ? 'application/vnd.example.even' : 'application/vnd.example.odd';
      const manifest = sampleIndex([], {
        artifactType,
        annotations: { note, index: String(index) },
        subject: describeManifest(subject),
      });
      await push(manifest);
      pushed.push(manifest.digest);
    }
    const walk = async (query: string) => {
      const found: string[] = [];
      let pages = 0;
      for (
        let path: string | undefined = `/v2/team/app/referrers/${subject.digest}${query}`;
        path !== undefined;
        pages += 1
      ) {
        const answer: Answer = await registry.admin.get(path);
        expect(answer.body.length).toBeLessThan(4 * 1024 * 1024);
        found.push(...digests(answer));
        path = parseNextLink(answer.headers.link as string | undefined);
        if (query !== '') expect(answer.headers['oci-filters-applied']).toBe('artifactType');
      }
      return { found, pages };
    };
    const all = await walk('');
    expect(all.found).toEqual(pushed);
    expect(all.pages).toBeGreaterThan(1);
    const even = await walk('?artifactType=application%2Fvnd.example.even');
    expect(even.found).toEqual(pushed.filter((_, index) => index % 2 === 0));
  });
});
