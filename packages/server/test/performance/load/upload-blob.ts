import type { FreshBlob } from './fresh-blob.ts';
import type { HttpConnection } from './http-connection.ts';
import type { LoadTarget, UploadManner } from './load-task.ts';
import { type Answer, findHeader } from './response-reader.ts';
import { writeHead } from './write-head.ts';

/** Whom an upload goes to, with what credentials. */
export interface UploadRoute {
  readonly connection: HttpConnection;
  readonly target: LoadTarget;
  readonly repository: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** @throws Error when an answer is not the one that a finished upload gets */
export async function uploadBlob(
  route: UploadRoute,
  blob: FreshBlob,
  sizeBytes: number,
  manner: UploadManner,
): Promise<void> {
  const location = await openUpload(route);
  if (manner === 'put') {
    await closeUpload(route, { location, digest: blob.digest, sizeBytes, pieces: blob.pieces() });
    return;
  }
  const headers = { ...route.headers, 'Content-Type': 'application/octet-stream', 'Transfer-Encoding': 'chunked' };
  const head = writeHead(route.target, 'PATCH', location, headers);
  const patched = await route.connection.askWithBody(head, blob.framedPieces());
  assertStatus(patched, 202, 'PATCH of a blob');
  await closeUpload(route, { location: locationOf(patched), digest: blob.digest, sizeBytes: 0, pieces: [] });
}

/** Starts an upload; returns the path to send the blob to. */
export async function openUpload({ connection, target, repository, headers }: UploadRoute): Promise<string> {
  const head = writeHead(target, 'POST', `/v2/${repository}/blobs/uploads/`, { ...headers, 'Content-Length': '0' });
  const answer = await connection.ask(head);
  assertStatus(answer, 202, 'POST of an upload');
  return locationOf(answer);
}

export interface UploadEnd {
  readonly location: string;
  readonly digest: string;
  /** Of what this last request carries. */
  readonly sizeBytes: number;
  readonly pieces: Iterable<Buffer>;
}

export async function closeUpload({ connection, target, headers }: UploadRoute, end: UploadEnd): Promise<void> {
  const path = `${end.location}${end.location.includes('?') ? '&' : '?'}digest=${end.digest}`;
  const head = writeHead(target, 'PUT', path, {
    ...headers,
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(end.sizeBytes),
  });
  assertStatus(await connection.askWithBody(head, end.pieces), 201, 'PUT of a blob');
}

/** @throws Error that names the request */
export function assertStatus(answer: Answer, expected: number, request: string): void {
  if (answer.status !== expected)
    throw new Error(`${request} was answered with ${answer.status} instead of ${expected}`);
}

/** Path and query of the `Location`, which may be absolute. */
function locationOf({ head }: Answer): string {
  const location = findHeader(head, 'location');
  if (location === undefined) throw new Error('an upload was answered without a Location');
  return location.replace(/^https?:\/\/[^/]+/, '');
}
