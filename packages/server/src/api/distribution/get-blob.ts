import {
  type ByteRange,
  type Digest,
  formatEntityTag,
  matchesDigest,
  OciError,
  parseByteRanges,
  parseDigest,
  satisfiesIfNoneMatch,
} from '@roadstead/oci';
import type { StoredBlob } from '../../content/blobs/blob-reads.ts';
import { sendPieces } from '../../http/send-pieces.ts';
import { multipartRanges } from './multipart-ranges.ts';
import type { Operation, OperationCall } from './operation.ts';
import { sendAccelerated } from './send-accelerated.ts';

/** Bytes that users pushed must never run in a browser on the registry's origin. */
const INERT = {
  'Content-Type': 'application/octet-stream',
  'Content-Disposition': 'attachment',
  'Content-Security-Policy': "default-src 'none'; sandbox",
};

/** `GET` and `HEAD /v2/<name>/blobs/<digest>` (end-2), with ranges (RFC 9110 §14) */
export const getBlob: Operation = {
  name: 'get_blob',
  action: 'pull',
  blobBytes: 'out',
  async answer(call) {
    const { exchange, instance, repository } = call;
    const digest = parseDigest(call.argument);
    const holds = exchange.method === 'HEAD' && (await call.mayPush());
    const blob = await instance.content.findBlob(repository.name, digest, { holds });
    if (blob === undefined) throw new OciError('BLOB_UNKNOWN', `There is no blob ${digest} in ${repository.name}.`);
    const headers = {
      ...INERT,
      ETag: formatEntityTag(digest),
      'Docker-Content-Digest': digest,
      'Accept-Ranges': 'bytes',
      'Cache-Control': 'private, max-age=31536000, immutable',
    };
    if (!satisfiesIfNoneMatch(exchange.header('if-none-match'), digest)) {
      exchange.send(304, { ETag: headers.ETag, 'Docker-Content-Digest': digest });
      return;
    }
    await sendBlob(call, blob, digest, headers);
  },
};

async function sendBlob(
  call: OperationCall,
  blob: StoredBlob,
  digest: Digest,
  headers: Record<string, string>,
): Promise<void> {
  const { exchange } = call;
  const asked = parseByteRanges(rangeHeader(call, digest), blob.size);
  if (asked.kind === 'unsatisfiable') {
    exchange.response.setHeader('Content-Range', `bytes */${blob.size}`);
    throw new OciError('RANGE_INVALID', `The blob has ${blob.size} bytes, and none of them is in this range.`);
  }
  if (asked.kind === 'none') {
    await sendRange(call, blob, { start: 0, end: blob.size }, { status: 200, headers });
    return;
  }
  const [first, ...others] = asked.ranges;
  if (first === undefined || others.length > 0) {
    await sendMultipart(call, blob, asked.ranges, headers);
    return;
  }
  const contentRange = { 'Content-Range': `bytes ${first.start}-${first.end - 1}/${blob.size}` };
  await sendRange(call, blob, first, { status: 206, headers: { ...headers, ...contentRange } });
}

/** A HEAD has no ranges; If-Range with another validator asks for the whole (RFC 9110 §13.1.5). */
function rangeHeader({ exchange }: OperationCall, digest: Digest): string | undefined {
  if (exchange.method === 'HEAD') return undefined;
  const condition = exchange.header('if-range');
  const holds = condition === undefined || (condition !== '*' && matchesDigest(condition, digest, 'strong'));
  return holds ? exchange.header('range') : undefined;
}

async function sendRange(
  call: OperationCall,
  blob: StoredBlob,
  { start, end }: ByteRange,
  answer: { readonly status: 200 | 206; readonly headers: Record<string, string> },
): Promise<void> {
  const { exchange, instance } = call;
  const headers = { ...answer.headers, 'Content-Length': end - start };
  if (exchange.method === 'HEAD' || start === end) {
    exchange.send(answer.status, headers);
    return;
  }
  if (await sendAccelerated(call, blob, { status: answer.status, headers, start, end })) return;
  await sendPieces(exchange, answer.status, headers, instance.content.readBlob(blob, start, end, exchange.signal));
}

async function sendMultipart(
  { exchange, instance }: OperationCall,
  blob: StoredBlob,
  ranges: readonly ByteRange[],
  headers: Record<string, string>,
): Promise<void> {
  const body = multipartRanges({
    ranges,
    sizeBytes: blob.size,
    boundary: `roadstead-${exchange.requestId.replace(/[^A-Za-z0-9-]/g, '').slice(0, 48)}`,
    read: (start, end) => instance.content.readBlob(blob, start, end, exchange.signal),
  });
  const answer = { ...headers, 'Content-Type': body.contentType, 'Content-Length': body.lengthBytes };
  await sendPieces(exchange, 206, answer, body.pieces);
}
