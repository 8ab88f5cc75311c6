import assert from 'node:assert/strict';
import type { ConformanceCase } from './conformance-case.ts';
import {
  CONFIG_TYPE,
  type Descriptor,
  describe,
  digestOf,
  IMAGE_TYPE,
  INDEX_TYPE,
  makeBytes,
  makeIndex,
} from './content.ts';
import type { Answer } from './registry-client.ts';
import { assertRefused, type Repository } from './repository.ts';

interface TagPage {
  readonly name: string;
  readonly tags: readonly string[];
}

const TAGS = ['0', 'B', 'a', 'a-1', 'b', 'latest', 'v1.0', 'v1.10', 'v1.9'];

async function pushTags(repository: Repository): Promise<void> {
  const image = await repository.pushImage();
  for (const tag of [...TAGS].reverse()) await repository.mustPut(image, tag);
}

async function readTags(repository: Repository, query = ''): Promise<{ answer: Answer; tags: readonly string[] }> {
  const answer = await repository.ask('GET', `tags/list${query}`);
  assert.equal(answer.status, 200, answer.body.toString());
  const page = answer.json() as TagPage;
  assert.equal(page.name, repository.name);
  return { answer, tags: page.tags };
}

async function readReferrers(
  repository: Repository,
  digest: string,
  query = '',
): Promise<{ answer: Answer; manifests: readonly Descriptor[] }> {
  const answer = await repository.ask('GET', `referrers/${digest}${query}`);
  assert.equal(answer.status, 200, answer.body.toString());
  assert.equal(answer.headers.get('content-type'), INDEX_TYPE);
  const index = answer.json() as { schemaVersion: number; mediaType: string; manifests: readonly Descriptor[] };
  assert.equal(index.schemaVersion, 2);
  assert.equal(index.mediaType, INDEX_TYPE);
  return { answer, manifests: index.manifests };
}

const TAG_LIST: readonly ConformanceCase[] = [
  {
    name: 'the tag list is complete and sorted by bytes',
    run: async ({ repository }) => {
      await pushTags(repository);
      assert.deepEqual((await readTags(repository)).tags, TAGS);
    },
  },
  {
    name: 'the tag list begins after last',
    run: async ({ repository }) => {
      await pushTags(repository);
      assert.deepEqual((await readTags(repository, '?last=a-1')).tags, TAGS.slice(4));
      assert.deepEqual((await readTags(repository, '?last=absent')).tags, TAGS.slice(4), 'last need not be there');
    },
  },
  {
    name: 'pages of the tag list are linked and complete',
    run: async ({ repository }) => {
      await pushTags(repository);
      const seen: string[] = [];
      let path: string | undefined = `/v2/${repository.name}/tags/list?n=4`;
      while (path !== undefined) {
        const answer: Answer = await repository.client.ask('GET', path);
        seen.push(...(answer.json() as TagPage).tags);
        path = /<([^>]+)>;\s*rel="?next"?/.exec(answer.headers.get('link') ?? '')?.[1];
        assert.ok(seen.length <= TAGS.length, 'the pages do not end');
      }
      assert.deepEqual(seen, TAGS);
    },
  },
  {
    name: 'n=0 gives an empty page and no link',
    run: async ({ repository }) => {
      await pushTags(repository);
      const { answer, tags } = await readTags(repository, '?n=0');
      assert.deepEqual(tags, []);
      assert.equal(answer.headers.get('link'), null);
    },
  },
  ...['-1', '1e20', 'x', '1.5'].map((n) => ({
    name: `n=${n} is refused with 400`,
    run: async ({ repository }: { repository: Repository }) => {
      await repository.pushImage({ reference: 'one' });
      assertRefused(await repository.ask('GET', `tags/list?n=${n}`), 400);
    },
  })),
  {
    name: 'the tag list of a repository that does not exist is 404',
    run: async ({ repository }) => assertRefused(await repository.ask('GET', 'tags/list'), 404, 'NAME_UNKNOWN'),
  },
];

const REFERRERS: readonly ConformanceCase[] = [
  {
    name: 'an unknown subject in a repository that does not exist has no referrers, which is no error',
    run: async ({ repository }) => {
      assert.deepEqual((await readReferrers(repository, digestOf(makeBytes(8)))).manifests, []);
    },
  },
  {
    name: 'a referrer is listed with its type, size and annotations, and the answer to its push names the subject',
    run: async ({ repository }) => {
      const subject = await repository.pushImage();
      const annotations = { 'org.example.note': 'hello' };
      const config = await repository.pushConfig();
      const referrer = makeIndex([], {
        artifactType: 'application/vnd.example.a',
        subject: subject.descriptor,
        annotations,
      });
      const answer = await repository.mustPut(referrer);
      assert.equal(answer.headers.get('oci-subject'), subject.descriptor.digest);
      const { manifests } = await readReferrers(repository, subject.descriptor.digest);
      assert.equal(manifests.length, 1);
      assert.deepEqual(
        { ...manifests[0] },
        { ...referrer.descriptor, artifactType: 'application/vnd.example.a', annotations },
      );
      assert.equal((await repository.ask('HEAD', `blobs/${config.digest}`)).status, 200);
    },
  },
  {
    name: 'referrers are filtered by artifact type, and an image without one counts as its config type',
    run: async ({ repository }) => {
      const subject = (await repository.pushImage()).descriptor;
      const plain = await repository.pushImage({ extra: { subject } });
      const typed = await repository.pushImage({ extra: { subject, artifactType: 'application/vnd.example.b' } });
      for (const [type, expected] of [
        [CONFIG_TYPE, plain],
        ['application/vnd.example.b', typed],
      ] as const) {
        const { answer, manifests } = await readReferrers(
          repository,
          subject.digest,
          `?artifactType=${encodeURIComponent(type)}`,
        );
        assert.equal(answer.headers.get('oci-filters-applied'), 'artifactType');
        assert.deepEqual(
          manifests.map(({ digest }) => digest),
          [expected.descriptor.digest],
        );
      }
    },
  },
  {
    name: 'a subject may be missing when its referrer is pushed, also by tag',
    run: async ({ repository }) => {
      const subject = describe(makeBytes(123), IMAGE_TYPE);
      const referrer = makeIndex([], { subject, artifactType: 'application/vnd.example.c' });
      const answer = await repository.mustPut(referrer, 'tagged');
      assert.equal(answer.headers.get('oci-subject'), subject.digest);
      assert.equal((await readReferrers(repository, subject.digest)).manifests.length, 1);
    },
  },
  {
    name: 'a deleted referrer is listed no more, at once',
    run: async ({ repository }) => {
      const subject = (await repository.pushImage()).descriptor;
      const referrer = await repository.pushImage({ extra: { subject } });
      assert.equal((await repository.ask('DELETE', `manifests/${referrer.descriptor.digest}`)).status, 202);
      assert.deepEqual((await readReferrers(repository, subject.digest)).manifests, []);
    },
  },
  {
    name: 'a fallback tag that an older client pushed is merged into the referrers',
    run: async ({ repository }) => {
      const subject = (await repository.pushImage()).descriptor;
      const old = await repository.pushImage({ extra: { artifactType: 'application/vnd.example.old' } });
      await repository.mustPut(
        makeIndex([{ ...old.descriptor, artifactType: 'application/vnd.example.old' }]),
        subject.digest.replace(':', '-'),
      );
      const { manifests } = await readReferrers(repository, subject.digest);
      assert.deepEqual(
        manifests.map(({ digest }) => digest),
        [old.descriptor.digest],
      );
    },
  },
  {
    name: 'a digest that is none is refused with 400',
    run: async ({ repository }) =>
      assertRefused(await repository.ask('GET', 'referrers/sha256:abc'), 400, 'DIGEST_INVALID'),
  },
];

const SIGN_IN: readonly ConformanceCase[] = [
  {
    name: 'GET /v2/ challenges without a token and answers 200 with one',
    run: async ({ repository }) => {
      const challenged = await repository.client.askAnonymously('GET', '/v2/');
      assertRefused(challenged, 401, 'UNAUTHORIZED');
      assert.match(challenged.headers.get('www-authenticate') ?? '', /^Bearer realm="[^"]+",\s*service="[^"]+"/);
      assert.equal((await repository.client.ask('GET', '/v2/')).status, 200);
    },
  },
  {
    name: 'a private repository is challenged with the scope that is missing, whether it exists or not',
    run: async ({ repository, other }) => {
      await repository.pushImage({ reference: 'one' });
      for (const { name } of [repository, other]) {
        const answer = await repository.client.askAnonymously('GET', `/v2/${name}/manifests/one`);
        assertRefused(answer, 401, 'UNAUTHORIZED');
        assert.ok(answer.headers.get('www-authenticate')?.includes(`scope="repository:${name}:pull"`));
      }
    },
  },
];

export const DISCOVERY_CASES: readonly ConformanceCase[] = [...TAG_LIST, ...REFERRERS, ...SIGN_IN];
