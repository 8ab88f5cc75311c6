import { type Digest, formatUploadRange } from '@roadstead/oci';
import type { Upload } from '../../content/uploads/upload-rows.ts';
import type { OperationCall } from './operation.ts';

export function uploadHeaders({ repository }: OperationCall, upload: Upload): Record<string, string> {
  return {
    Location: `/v2/${repository.name}/blobs/uploads/${upload.id}`,
    'Docker-Upload-UUID': upload.id,
    Range: formatUploadRange(upload.state.size),
  };
}

/** The upload is open and holds what its Range says. */
export function sendUploadAccepted(call: OperationCall, upload: Upload): void {
  call.exchange.send(202, uploadHeaders(call, upload));
}

export function sendBlobCreated({ exchange, repository }: OperationCall, digest: Digest): void {
  exchange.send(201, {
    Location: `/v2/${repository.name}/blobs/${digest}`,
    'Docker-Content-Digest': digest,
  });
}
