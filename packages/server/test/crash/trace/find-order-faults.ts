import path from 'node:path';
import { isSync, isWrite, type SystemCall } from './system-call.ts';

/** A request that was acknowledged while the server was traced. */
export interface TracedRequest {
  readonly what: string;
  readonly requestId: string;
  readonly status: number;
  /** The blob that it stored. */
  readonly storedDigest: string | undefined;
  /** No other request was under way: every write to the database before the answer was for it. */
  readonly isAlone: boolean;
  /** It acknowledges an open upload, which outlives the process and not the machine. */
  readonly isOpenUpload: boolean;
}

/** Whether everything that the answer acknowledges was durable before its first byte was written (invariant 1). */
export function findOrderFaults(calls: readonly SystemCall[], request: TracedRequest): readonly string[] {
  const answer = calls.find((call) => isAnswer(call, request));
  if (answer === undefined) return [`no answer ${request.status} to it was written to a connection`];
  const before = calls.filter((call) => call.end < answer.start);
  const stored = request.storedDigest === undefined ? undefined : findStored(before, request.storedDigest);
  if (stored !== undefined && 'fault' in stored) return [stored.fault];
  return [...(stored?.faults ?? []), ...findDatabaseFaults(before, request, stored?.durableAt)];
}

function isAnswer({ path: file, text, name }: SystemCall, { requestId, status }: TracedRequest): boolean {
  const isToClient = file.startsWith('TCP') && (name.startsWith('write') || name.startsWith('send'));
  return (
    isToClient && text.includes(`HTTP/1.1 ${status} `) && text.toLowerCase().includes(`x-request-id: ${requestId}`)
  );
}

type Stored = { readonly fault: string } | { readonly faults: readonly string[]; readonly durableAt: number };

function findStored(calls: readonly SystemCall[], digest: string): Stored {
  const hex = digest.replace(':', '-');
  const naming = calls.findLast((call) => call.target.includes(hex));
  return naming === undefined ? findPut(calls, hex) : findPublished(calls, naming);
}

/** The file of a large blob: synced after its last write, linked to its name, and then its folder synced. */
function findPublished(calls: readonly SystemCall[], naming: SystemCall): Stored {
  if (naming.hasFailed) return { fault: 'no file got the name of the blob' };
  const lastWrite = calls.findLast((call) => isWrite(call) && call.path === naming.path && call.start < naming.start);
  if (lastWrite === undefined) return { fault: 'nothing was written to the file of the blob' };
  const sync = findSync(calls, naming.path, lastWrite);
  const folderSync = findSync(calls, path.dirname(naming.target), naming);
  const faults: string[] = [];
  if (sync === undefined) faults.push('the file of the blob was not synced after its last write');
  else if (sync.end > naming.start) faults.push('the file of the blob got its name before it was synced');
  if (folderSync === undefined) faults.push('the folder of the blob was not synced after that');
  return { faults, durableAt: folderSync?.end ?? naming.end };
}

/** The file of a small blob: written under its own name, then synced, and its folder. */
function findPut(calls: readonly SystemCall[], hex: string): Stored {
  const lastWrite = calls.findLast((call) => isWrite(call) && call.path.includes(hex));
  if (lastWrite === undefined) return { fault: 'nothing was written under the name of the blob' };
  const sync = findSync(calls, lastWrite.path, lastWrite);
  const folderSync = findSync(calls, path.dirname(lastWrite.path), lastWrite);
  const faults: string[] = [];
  if (sync === undefined) faults.push('the file of the blob was not synced after its last write');
  if (folderSync === undefined) faults.push('the folder of the blob was not synced');
  return { faults, durableAt: Math.max(lastWrite.end, sync?.end ?? 0, folderSync?.end ?? 0) };
}

function findSync(calls: readonly SystemCall[], file: string, after: SystemCall): SystemCall | undefined {
  return calls.find((call) => isSync(call) && call.path === file && call.start > after.end);
}

/** The write-ahead log: written after the bytes were durable, and synced after its last write. */
function findDatabaseFaults(
  calls: readonly SystemCall[],
  { isAlone, isOpenUpload }: TracedRequest,
  durableAt: number | undefined,
): readonly string[] {
  const windowStart =
    calls.findLast((call) => call.path.startsWith('TCP') && call.text.includes('HTTP/1.1 '))?.end ?? 0;
  const from = durableAt ?? windowStart;
  const ofLog = calls.filter((call) => call.path.endsWith('-wal'));
  const writes = ofLog.filter((call) => isWrite(call) && call.start > from);
  const last = isAlone ? writes.at(-1) : writes[0];
  if (last === undefined) return ['the database was not written before the answer, after the bytes were durable'];
  if (isOpenUpload) return [];
  const isSynced = ofLog.some((call) => isSync(call) && call.start > last.end);
  return isSynced ? [] : ['the log of the database was not synced between its last write and the answer'];
}
