import { type DiskTrial, untilDone } from './disk-trial.ts';
import type { SmallDisk } from './small-disk.ts';
import { findRefusalFaults, type TimedAnswer } from './timed-answer.ts';

const BLOB_BYTES = 4 * 1024 * 1024;
const MAX_BLOBS = 40;
/** What the log of the database may grow by meanwhile. */
const SLACK_BYTES = 512 * 1024;

/** Blobs may leave next to nothing, and a server needs some room to start. */
const ROOM_BYTES = 2 * 1024 * 1024;

type Upload = DiskTrial['putBlob'];

/** Blobs until one is refused, in both ways of uploading; then not a byte is left; then there is room again. */
export async function fillByUploads(trial: DiskTrial, disk: SmallDisk): Promise<void> {
  await trial.pushImage('before');
  disk.take(ROOM_BYTES);
  await fillUntilRefused(trial, disk, { name: 'in pieces', upload: (blob) => trial.uploadInPieces(blob) });
  await fillUntilRefused(trial, disk, { name: 'at once', upload: (blob) => trial.putBlob(blob) });
  disk.takeLastByte();
  await trial.check('a small blob is refused', async () => {
    const blob = trial.makeBlob(10_000);
    const faults = findRefusalFaults(await trial.putBlob(blob), [507]);
    return [...faults, ...(await trial.findRemains(blob))];
  });
  await trial.checkWhileRefusing();
  disk.giveBack();
  await trial.checkRecovery();
}

async function fillUntilRefused(
  trial: DiskTrial,
  disk: SmallDisk,
  { name, upload }: { readonly name: string; readonly upload: Upload },
): Promise<void> {
  let freeBytes = disk.freeBytes();
  let blob = trial.makeBlob(BLOB_BYTES);
  let refused: TimedAnswer | undefined;
  for (let count = 0; count < MAX_BLOBS && refused === undefined; count += 1) {
    freeBytes = disk.freeBytes();
    blob = trial.makeBlob(BLOB_BYTES);
    const timed = await upload(blob);
    if (timed.answer.status !== 201) refused = timed;
  }
  await trial.check(`${name}: refused with 507`, () =>
    refused === undefined ? ['everything was taken'] : findRefusalFaults(refused, [507]),
  );
  await trial.check(`${name}: nothing of the refused blob can be seen`, () => trial.findRemains(blob));
  await trial.check(`${name}: the bytes of the refused upload are given back`, async () => {
    await untilDone(
      () => `${freeBytes - disk.freeBytes()} bytes of it are still taken`,
      async () => disk.freeBytes() >= freeBytes - SLACK_BYTES,
    );
    return [];
  });
  await trial.check(`${name}: nothing is lost`, () => trial.findLosses());
}
