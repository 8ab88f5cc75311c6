import type { LedgerUpload } from '../ledger/ledger-state.ts';
import { ABSENT } from '../ledger/register.ts';
import { describeAnswer } from '../load/http-client.ts';
import { RegistryWrites } from '../load/registry-writes.ts';
import type { CheckOptions } from './check-server.ts';
import type { Findings } from './findings.ts';
import { inParallel } from './in-parallel.ts';

const CONCURRENCY = 8;

/** Every upload that was acknowledged goes on from its acknowledged offset, and makes the blob that it was meant to be. */
export async function checkUploads(options: CheckOptions, findings: Findings): Promise<void> {
  const { client, recorder, state } = options;
  const writes = new RegistryWrites(client, recorder);
  // A copy, since each is ended here.
  await inParallel([...state.uploads()], CONCURRENCY, (upload) => checkUpload(upload, writes, options, findings));
}

async function checkUpload(
  upload: LedgerUpload,
  writes: RegistryWrites,
  { recorder, uploads }: CheckOptions,
  findings: Findings,
): Promise<void> {
  const { id, location, blob, ackedBytes, maybeBytes, mayBeGone } = upload;
  const mustSurvive = uploads === 'survive';
  const what = `the upload ${location}`;
  findings.requestCount += 1;
  const offset = await writes.findOffset(upload);
  if (typeof offset !== 'number') {
    const mayBeMissing = offset.status === 404 && (mayBeGone || !mustSurvive);
    if (!mayBeMissing) {
      findings.lostUploads.push(`${what}, with ${ackedBytes} acknowledged bytes: ${describeAnswer(offset)}`);
    }
    recorder.observe(id, ABSENT);
    return;
  }
  // What a power cut leaves of an upload is a state that it once had.
  const isFormer = !mustSurvive && offset < ackedBytes;
  if (offset !== ackedBytes && !maybeBytes.has(offset) && !isFormer) {
    findings.lostUploads.push(`${what} holds ${offset} bytes, and ${ackedBytes} were acknowledged`);
  }
  recorder.observe(id, String(offset));
  const half = offset + Math.ceil((blob.sizeBytes - offset) / 2);
  const open = { id, repository: upload.repository, blob, location };
  const appended = half > offset ? await writes.append(open, offset, half) : undefined;
  const closed = appended === undefined || appended.status === 202 ? await writes.close(open, half) : appended;
  if (closed.status === 201 || (!mustSurvive && closed.status === 404)) return;
  findings.lostUploads.push(`${what} is said to hold ${offset} bytes, and cannot go on: ${describeAnswer(closed)}`);
}
