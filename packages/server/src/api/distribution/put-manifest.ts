import { OciError, parseReference, parseTag } from '@roadstead/oci';
import { readWholeBody } from '../../http/request-body.ts';
import type { Operation, OperationCall } from './operation.ts';

/** How many `tag` parameters one push may have; the specification asks for ten at least. */
const MAX_TAG_PARAMETERS = 100;

/** `PUT /v2/<name>/manifests/<reference>` (end-7a, end-7b) */
export const putManifest: Operation = {
  name: 'put_manifest',
  action: 'push',
  async answer(call) {
    const { exchange, instance, repository, settings } = call;
    const reference = parseReference(call.argument);
    const tags = readTagParameters(call);
    const bytes = await readWholeBody(exchange, settings.maxManifestBytes, {
      minBytesPerSecond: settings.minBodyBytesPerSecond,
    });
    const pushed = await instance.content.manifests.put(repository, exchange.actor, {
      reference,
      tags,
      bytes,
      contentType: exchange.header('content-type'),
      conditions: { ifMatch: exchange.header('if-match'), ifNoneMatch: exchange.header('if-none-match') },
    });
    const headers: Record<string, string> = {
      Location: `/v2/${repository.name}/manifests/${pushed.digest}`,
      'Docker-Content-Digest': pushed.digest,
    };
    if (tags.length > 0) headers['OCI-Tag'] = tags.join(', ');
    if (pushed.subject !== undefined) headers['OCI-Subject'] = pushed.subject;
    exchange.send(201, headers);
  },
};

function readTagParameters({ exchange }: OperationCall): readonly string[] {
  const tags = exchange.query.getAll('tag');
  if (tags.length <= MAX_TAG_PARAMETERS) return tags.map(parseTag);
  throw new OciError('REQUEST_URI_TOO_LONG', `One push may set ${MAX_TAG_PARAMETERS} tags at most.`);
}
