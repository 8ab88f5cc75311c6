import { parseReference } from '@roadstead/oci';
import type { Operation } from './operation.ts';
import { tellWhatIsAllowed } from './tell-what-is-allowed.ts';

/** `DELETE /v2/<name>/manifests/<reference>` (end-9): a tag alone, or a manifest with its tags. */
export const deleteManifest: Operation = {
  name: 'delete_manifest',
  action: 'delete',
  async answer({ exchange, instance, repository, argument }) {
    await tellWhatIsAllowed(
      exchange,
      instance.content.manifests.delete(repository, exchange.actor, parseReference(argument)),
    );
    exchange.send(202);
  },
};
