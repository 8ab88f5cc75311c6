import { parseDigest } from '@roadstead/oci';
import type { Operation } from './operation.ts';
import { tellWhatIsAllowed } from './tell-what-is-allowed.ts';

/** `DELETE /v2/<name>/blobs/<digest>` (end-10) */
export const deleteBlob: Operation = {
  name: 'delete_blob',
  action: 'delete',
  async answer({ exchange, instance, repository, argument }) {
    await tellWhatIsAllowed(exchange, instance.content.deleteBlob(repository, exchange.actor, parseDigest(argument)));
    exchange.send(202);
  },
};
