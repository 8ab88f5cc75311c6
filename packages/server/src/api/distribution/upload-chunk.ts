import { OciError, parseContentRange } from '@roadstead/oci';
import type { UploadBody } from '../../content/uploads/uploads.ts';
import { announcedBytes, readBody } from '../../http/request-body.ts';
import { freeMemory } from '../../kernel/free-memory.ts';
import type { OperationCall } from './operation.ts';

/**
 * The body of a PATCH or closing PUT: a chunk with Content-Range, or a stream of unknown length.
 * @throws OciError RANGE_INVALID (400) for a malformed range, SIZE_INVALID for one that contradicts Content-Length.
 */
export function readChunk(call: OperationCall): UploadBody {
  const { exchange } = call;
  const announced = announcedBytes(exchange);
  const header = exchange.header('content-range');
  if (header === undefined) return readUploadBody(call);
  const range = parseContentRange(header);
  if (range === undefined) {
    throw new OciError('RANGE_INVALID', 'A chunk has a Content-Range of the form <first byte>-<last byte>.', {
      status: 400,
    });
  }
  const sizeBytes = range.endInclusive - range.start + 1;
  if (announced !== undefined && announced !== sizeBytes) {
    throw new OciError('SIZE_INVALID', `Content-Range names ${sizeBytes} bytes, and Content-Length ${announced}.`);
  }
  return { ...readUploadBody(call), start: range.start, sizeBytes };
}

/** The body of a request as bytes of an upload, of the size that the client announced, if it did. */
export function readUploadBody({ exchange, settings }: OperationCall): UploadBody {
  return {
    pieces: readBody(exchange, { minBytesPerSecond: settings.minBodyBytesPerSecond }),
    signal: exchange.signal,
    release: freeMemory,
    start: undefined,
    sizeBytes: announcedBytes(exchange),
  };
}
