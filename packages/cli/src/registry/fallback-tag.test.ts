import { parseDigest } from '@roadstead/oci';
import { expect, test } from 'vitest';
import { openTestConnection } from '../../test/support/open-test-connection.ts';
import { serveHttp } from '../../test/support/serve-http.ts';
import { computeDigest, createManifest } from '../content/manifest.ts';
import { listReferrers } from './list-referrers.ts';
import { putManifest } from './put-manifest.ts';
import { openRepository } from './repository.ts';

const SUBJECT = parseDigest(`sha256:${'c'.repeat(64)}`);
const TYPE = 'application/vnd.oci.image.manifest.v1+json';

function createReferrer(number: number) {
  const empty = { mediaType: 'application/vnd.oci.empty.v1+json', digest: `sha256:${'e'.repeat(64)}`, size: 2 };
  const subject = { mediaType: TYPE, digest: SUBJECT, size: 7 };
  const artifactType = `application/x-${number}`;
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: TYPE,
    artifactType,
    config: empty,
    layers: [empty],
    subject,
  });
  return createManifest(Buffer.from(text), TYPE, undefined, 'test');
}

/** A registry of before the referrers API: it keeps manifests by tag and digest, and nothing else. */
function serveOldRegistry() {
  const manifests = new Map<string, { readonly body: Buffer; readonly type: string }>();
  return serveHttp((request, response) => {
    const reference = /^\/v2\/acme\/app\/manifests\/(.*)$/.exec(request.url)?.[1];
    if (reference === undefined) return void response.writeHead(404).end('404 page not found');
    if (request.method === 'PUT') {
      manifests.set(reference, { body: request.body ?? Buffer.alloc(0), type: request.headers['content-type'] ?? '' });
      return void response.writeHead(201).end();
    }
    const found = manifests.get(reference);
    if (!found) return void response.writeHead(404).end();
    const digest = computeDigest(found.body);
    response.writeHead(200, { 'content-type': found.type, 'docker-content-digest': digest });
    response.end(request.method === 'HEAD' ? undefined : found.body);
  });
}

test('on a registry without the referrers API, referrers are kept in the fallback tag and found there', async () => {
  await using registry = await serveOldRegistry();
  const repository = openRepository(openTestConnection(registry), 'acme/app', ['pull', 'push']);
  const referrers = [createReferrer(1), createReferrer(2)];
  for (const referrer of [...referrers, ...referrers]) await putManifest(repository, referrer, []);
  const found = await listReferrers(repository, SUBJECT);
  expect(found.map(({ digest, artifactType }) => [digest, artifactType])).toEqual(
    referrers.map(({ digest, parsed }) => [digest, parsed.artifactType]),
  );
});

test('a subject without referrers has none there either', async () => {
  await using registry = await serveOldRegistry();
  const repository = openRepository(openTestConnection(registry), 'acme/app', ['pull']);
  expect(await listReferrers(repository, SUBJECT)).toEqual([]);
});
