import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { type FindUntaggedInput, findUntagged } from './find-untagged.ts';

/** Manifests that policies would delete, and their own bytes in the database. */
export interface UntaggedCount {
  readonly manifests: number;
  readonly bytes: number;
}

export async function countUntagged(reader: Kysely<InstanceSchema>, input: FindUntaggedInput): Promise<UntaggedCount> {
  let manifests = 0;
  let bytes = 0;
  for await (const page of findUntagged(reader, input)) {
    manifests += page.length;
    for (const manifest of page) bytes += manifest.sizeBytes;
  }
  return { manifests, bytes };
}
