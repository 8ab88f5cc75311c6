import {
  type Digest,
  formatEntityTag,
  OciError,
  parseReference,
  type Reference,
  satisfiesIfNoneMatch,
} from '@roadstead/oci';
import type { StoredManifest } from '../../content/manifests/manifest-reads.ts';
import type { Operation, OperationCall } from './operation.ts';

/** `GET` and `HEAD /v2/<name>/manifests/<reference>` (end-3) */
export const getManifest: Operation = {
  name: 'get_manifest',
  action: 'pull',
  async answer(call) {
    const { exchange, instance, repository } = call;
    const reference = parseReference(call.argument);
    const reads = instance.content.manifestReads;
    const found: (StoredManifest & { readonly bytes?: Buffer }) | undefined =
      exchange.method === 'HEAD'
        ? await findHead(call, reference)
        : await reads.findContent(repository.name, reference);
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
