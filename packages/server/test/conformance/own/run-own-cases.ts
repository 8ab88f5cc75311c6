import type { RunningRoadstead } from '../../support/start-roadstead.ts';
import { BLOB_CASES } from './blob-cases.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { DISCOVERY_CASES } from './discovery-cases.ts';
import { MANIFEST_CASES } from './manifest-cases.ts';
import { RegistryClient } from './registry-client.ts';
import { Repository } from './repository.ts';
import { UPLOAD_CASES } from './upload-cases.ts';

export const OWN_CASES: readonly ConformanceCase[] = [
  ...UPLOAD_CASES,
  ...BLOB_CASES,
  ...MANIFEST_CASES,
  ...DISCOVERY_CASES,
];

export interface OwnResults {
  readonly passed: number;
  readonly failures: readonly { readonly name: string; readonly message: string }[];
}

/** Runs every case, one after the other, each on repositories of its own in the project `conformance`. */
export async function runOwnCases(server: RunningRoadstead): Promise<OwnResults> {
  const failures: { name: string; message: string }[] = [];
  for (const [index, { name, run }] of OWN_CASES.entries()) {
    const client = new RegistryClient(server.url, server.admin);
    const ground = {
      repository: new Repository(client, `conformance/own/case-${index}`),
      other: new Repository(client, `conformance/own/case-${index}-other`),
    };
    await run(ground).catch((error: unknown) => {
      failures.push({ name, message: error instanceof Error ? error.message : String(error) });
    });
  }
  return { passed: OWN_CASES.length - failures.length, failures };
}
