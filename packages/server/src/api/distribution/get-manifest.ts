import {
  type Digest,
  formatEntityTag,
  OciError,
  parseReference,
  type Reference,
  satisfiesIfNoneMatch,
} from '@roadstead/oci';
import type { StoredManifest } from '../../content/manifests/manifest-reads.ts';
import { parseTagAsOf } from '../../content/tags/tag-as-of.ts';
import type { Operation, OperationCall } from './operation.ts';
import { readAsOf } from './read-as-of.ts';

/** `GET` and `HEAD /v2/<name>/manifests/<reference>` (end-3) */
export const getManifest: Operation = {
  name: 'get_manifest',
  action: 'pull',
  async answer(call) {
    const { exchange, instance, repository } = call;
    const reference = parseReference(call.argument);
    const at = readAsOf(exchange);
    const found =
      (at === undefined ? await findNow(call, reference) : undefined) ?? (await findAsOf(call, reference, at));
    if (found === undefined) {
      throw new OciError('MANIFEST_UNKNOWN', `There is no manifest ${call.argument} in ${repository.name}.`);
    }
    await instance.content.assertCanPull(exchange.actor, {
      projectId: repository.projectId,
      repository: repository.name,
      digest: found.digest,
      tag: reference.kind === 'tag' ? reference.tag : undefined,
    });
    sendManifest(call, found, found.bytes);
    if (exchange.method === 'GET') tellOfPull(call, found.digest, reference);
  },
};

type Found = StoredManifest & { readonly bytes?: Buffer };

function findNow(call: OperationCall, reference: Reference): Promise<Found | undefined> {
  const { exchange, instance, repository } = call;
  if (exchange.method === 'HEAD') return findHead(call, reference);
  return instance.content.manifestReads.findContent(repository.name, reference);
}

/**
 * What a tag stood at then: at the time that the query names, or the tag itself.
 * @throws OciError MANIFEST_UNKNOWN when it was deleted since
 */
async function findAsOf(
  { exchange, instance, repository }: OperationCall,
  reference: Reference,
  at: number | undefined,
): Promise<Found | undefined> {
  if (reference.kind === 'digest') return undefined;
  const asked = at === undefined ? parseTagAsOf(reference.tag) : { tag: reference.tag, at };
  if (asked === undefined) return undefined;
  const digest = await instance.content.findTagAsOf(repository.name, asked);
  if (digest === undefined) return undefined;
  const reads = instance.content.manifestReads;
  const then: Reference = { kind: 'digest', digest };
  const found = await (exchange.method === 'HEAD' ? reads.find : reads.findContent)(repository.name, then);
  if (found !== undefined) return found;
  throw new OciError('MANIFEST_UNKNOWN', `The tag ${asked.tag} stood at ${digest} then, which was deleted since.`);
}

/** Who may push, and finds the manifest, does without pushing it: then it stays for a while, whatever policies say. */
async function findHead(
  { instance: { content }, repository, mayPush }: OperationCall,
  reference: Reference,
): Promise<StoredManifest | undefined> {
  return (await mayPush())
    ? content.manifests.findForPush(repository.name, reference)
    : content.manifestReads.find(repository.name, reference);
}

/** Blobs are fetched by the manifest that lists them, and HEAD only looks: neither is a pull of its own. */
function tellOfPull({ exchange, instance, repository }: OperationCall, digest: Digest, reference: Reference): void {
  const tag = reference.kind === 'tag' ? reference.tag : undefined;
  instance.content.pulls.note({ repository: repository.name, digest, tag });
  instance.auditEvents.pulled({
    actor: exchange.actor,
    projectId: repository.projectId,
    repository: repository.name,
    digest,
    tag,
  });
}

function sendManifest({ exchange }: OperationCall, manifest: StoredManifest, bytes: Buffer | undefined): void {
  const validators = { ETag: formatEntityTag(manifest.digest), 'Docker-Content-Digest': manifest.digest };
  if (!satisfiesIfNoneMatch(exchange.header('if-none-match'), manifest.digest)) {
    exchange.send(304, validators);
    return;
  }
  const headers = { ...validators, 'Content-Type': manifest.mediaType, 'Content-Length': manifest.sizeBytes };
  exchange.send(200, headers, bytes);
}
