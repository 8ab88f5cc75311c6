import { createHash, randomBytes } from 'node:crypto';
import { inParallel, repositoryName, seedRepositories, seedTags, tagName } from '../content/growing-content.ts';
import { assertAnswer, type RegistryClient } from '../content/registry-client.ts';
import { PROJECT, pushScope } from '../servers/running-server.ts';

/** Of the tag pages. */
export const MEASURED_REPOSITORY = `${PROJECT}/measured`;
const MEASURED_TAGS = 1_000;
const REFERRERS = 100;
/** Repositories with one tag each, beside those of the reads. */
const OTHERS = 200;
const READ_REPOSITORIES = 25;
const READ_TAGS = 20;
const OTHERS_PREFIX = `${PROJECT}/other`;
const READ_PREFIX = `${PROJECT}/read`;

/** What is asked for in the small registry and in the large one. */
export interface MeasuredContent {
  readonly tags: { readonly repository: string; readonly middle: string };
  readonly catalogMiddle: string;
  /** Of a manifest with a hundred referrers. */
  readonly subject: { readonly repository: string; readonly digest: string };
  readonly reads: readonly { readonly repository: string; readonly tag: string }[];
}

/** Pushes it. */
export async function seedMeasuredContent(client: RegistryClient): Promise<MeasuredContent> {
  await seedTags(client, MEASURED_REPOSITORY, MEASURED_TAGS);
  await seedRepositories(client, OTHERS_PREFIX, OTHERS);
  const repositories = Array.from({ length: READ_REPOSITORIES }, (_, index) => repositoryName(READ_PREFIX, index));
  for (const repository of repositories) await seedTags(client, repository, READ_TAGS);
  const digest = await seedReferrers(client);
  return {
    tags: { repository: MEASURED_REPOSITORY, middle: tagName(MEASURED_TAGS / 2) },
    catalogMiddle: repositoryName(OTHERS_PREFIX, OTHERS / 2 - 1),
    subject: { repository: MEASURED_REPOSITORY, digest },
    reads: repositories.flatMap((repository) =>
      Array.from({ length: READ_TAGS }, (_, index) => ({ repository, tag: tagName(index) })),
    ),
  };
}

/** A hundred signatures, as they might be, of a manifest. @returns its digest */
async function seedReferrers(client: RegistryClient): Promise<string> {
  const repository = MEASURED_REPOSITORY;
  const path = `/v2/${repository}/manifests/${tagName(0)}`;
  const subject = await client.ask('GET', path, { scope: pushScope(repository) });
  assertAnswer(subject, 200, `GET ${path}`);
  const empty = Buffer.from('{}');
  const config = {
    mediaType: 'application/vnd.oci.empty.v1+json',
    digest: await client.pushBlob(repository, empty),
    size: empty.length,
  };
  await inParallel(REFERRERS, async () => {
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        artifactType: 'application/vnd.example.signature',
        config,
        layers: [config],
        subject: {
          mediaType: String(subject.headers['content-type']),
          digest: subject.bodyDigest,
          size: subject.bodyBytes,
        },
        annotations: { number: randomBytes(8).toString('hex') },
      }),
    );
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    await client.pushManifest(repository, digest, { mediaType, bytes, digest });
  });
  return subject.bodyDigest;
}
