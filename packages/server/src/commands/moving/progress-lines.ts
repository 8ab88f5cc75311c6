import type { Clock } from '../../kernel/clock.ts';
import type { PassProgress } from '../../portability/moving/storage/storage-move.ts';
import { formatBytes, formatSeconds } from './quantities.ts';

const EVERY_MS = 5_000;

/** Says now and then how far a pass has come, how fast it is and how long it will take. */
export function createProgressLines(print: (line: string) => void, clock: Clock) {
  let current = '';
  let startedAt = clock.now();
  let saidAt = startedAt;
  let lastBytes = 0;
  return (instanceId: string, progress: PassProgress): void => {
    const now = clock.now();
    const isNewPass = instanceId !== current || progress.bytes < lastBytes;
    lastBytes = progress.bytes;
    if (isNewPass) {
      current = instanceId;
      startedAt = now;
      saidAt = now;
    }
    if (now - saidAt < EVERY_MS) return;
    saidAt = now;
    print(`${instanceId}: ${describeProgress(progress, (now - startedAt) / 1_000)}\n`);
  };
}

/** What the calls for an object cost, in bytes: small ones take their time too. */
const OBJECT_COST_BYTES = 256 * 1024;

function describeProgress({ total, objects, bytes, copiedBytes }: PassProgress, seconds: number): string {
  const done = `${objects} of ${total.objects} objects, ${formatBytes(bytes)} of ${formatBytes(total.bytes)}`;
  const doneCost = bytes + objects * OBJECT_COST_BYTES;
  const leftCost = Math.max(0, total.bytes + total.objects * OBJECT_COST_BYTES - doneCost);
  const left = doneCost === 0 ? '' : `, about ${formatSeconds((leftCost / doneCost) * seconds)} left`;
  return `${done}, ${formatBytes(Math.round(copiedBytes / seconds))}/s copied${left}`;
}
