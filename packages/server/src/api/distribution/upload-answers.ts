import { type Digest, formatUploadRange, OciError } from '@roadstead/oci';
import type { Upload } from '../../content/uploads/upload-rows.ts';
import type { OperationCall } from './operation.ts';

export function uploadHeaders({ repository, settings }: OperationCall, upload: Upload): Record<string, string> {
  return {
    Location: `/v2/${repository.name}/blobs/uploads/${upload.id}`,
    'Docker-Upload-UUID': upload.id,
    Range: formatUploadRange(upload.state.size),
    ...(settings.minChunkBytes > 0 ? { 'OCI-Chunk-Min-Length': String(settings.minChunkBytes) } : {}),
  };
}

/** The upload is open and holds what its Range says. */
export function sendUploadAccepted(call: OperationCall, upload: Upload): void {
  call.exchange.send(202, uploadHeaders(call, upload));
}

/** A chunk out of order is told where the upload stands, in the headers that clients read. */
export async function tellWhereToGoOn<Result>(call: OperationCall, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof OciError && error.status === 416 && isRangeDetail(error.detail)) {
      const { exchange, repository, argument } = call;
      exchange.response.setHeader('Location', `/v2/${repository.name}/blobs/uploads/${argument}`);
      exchange.response.setHeader('Range', error.detail.range);
    }
    throw error;
  }
}

function isRangeDetail(detail: unknown): detail is { readonly range: string } {
  return typeof detail === 'object' && detail !== null && 'range' in detail && typeof detail.range === 'string';
}

export function sendBlobCreated({ exchange, repository }: OperationCall, digest: Digest): void {
  exchange.send(201, {
    Location: `/v2/${repository.name}/blobs/${digest}`,
    'Docker-Content-Digest': digest,
  });
}
