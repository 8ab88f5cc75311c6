import { randomBytes } from 'node:crypto';
import type { RegistryClient } from './registry-client.ts';
import { createManifest } from './sample-image.ts';

const WORKERS = 16;

/** Names whose order is that of their numbers. */
export function tagName(index: number): string {
  return `t${String(index).padStart(7, '0')}`;
}

export function repositoryName(prefix: string, index: number): string {
  return `${prefix}/r${String(index).padStart(5, '0')}`;
}

/** The annotation by which the manifests of many tags differ. */
export const TAG_ANNOTATION = 'dev.roadstead.bench.tag';

/** Pushes a manifest of its own for each of the tags 0 … count − 1 of a new repository. */
export async function seedTags(client: RegistryClient, repository: string, count: number): Promise<void> {
  const push = await prepareRepository(client, repository);
  await inParallel(count, (index) => push(tagName(index)));
}

/** Pushes one image to each of the repositories 0 … count − 1. */
export async function seedRepositories(client: RegistryClient, prefix: string, count: number): Promise<void> {
  await inParallel(count, async (index) => {
    const push = await prepareRepository(client, repositoryName(prefix, index));
    await push(tagName(0));
  });
}

/** Gives a repository a configuration and a layer; returns what pushes a manifest over them. */
async function prepareRepository(client: RegistryClient, repository: string): Promise<(tag: string) => Promise<void>> {
  const layerBytes = randomBytes(1024);
  const layer = {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest: await client.pushBlob(repository, layerBytes),
    size: layerBytes.length,
  };
  const configBytes = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', repository }));
  const config = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: await client.pushBlob(repository, configBytes),
    size: configBytes.length,
  };
  return (tag) => client.pushManifest(repository, tag, createManifest(config, [layer], { [TAG_ANNOTATION]: tag }));
}

/** Several at once, of a number of things to do. */
export async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}
