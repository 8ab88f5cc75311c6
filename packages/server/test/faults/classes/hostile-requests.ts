import type { FaultClass, Target } from '../fault-class.ts';
import { createCredentialCases } from '../requests/credentials.ts';
import { createForeignUploadCases } from '../requests/foreign-uploads.ts';
import { createInertBlobCases } from '../requests/inert-blobs.ts';
import { createQueryCases } from '../requests/queries.ts';
import { createTokenRequestCases } from '../requests/token-requests.ts';

/** What goes wrong above HTTP: credentials, token requests, queries, other people's uploads, pages pushed as blobs. */
export function createHostileRequests(target: Target): FaultClass {
  const cases = [
    ...createTokenRequestCases(),
    ...createCredentialCases(target),
    ...createQueryCases(target),
    ...createForeignUploadCases(target),
    ...createInertBlobCases(target),
  ];
  return { name: 'requests', unit: 'attacks', corpusSize: cases.length, minCorpusSize: 500, concurrency: 4, cases };
}
