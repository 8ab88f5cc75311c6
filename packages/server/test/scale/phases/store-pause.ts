import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { listProcessTree, signalProcess } from '../../support/process/process-tree.ts';
import type { RunningS3 } from '../../support/start-radosgw.ts';
import type { Phase } from './phase.ts';

const SHORT_MS = 10_000;
const FULL_MS = 30_000;

/** The store stands still: connections to it are made, by its system, and nobody answers. */
export const runStorePause: Phase = async ({ bench, faults }) => {
  const pid = findGateway(bench.store);
  const pauseMs = bench.options.isShort ? SHORT_MS : FULL_MS;
  await faults.inflict(`store stopped for ${pauseMs / 1_000} s`, async () => {
    signalProcess(pid, 'SIGSTOP');
    try {
      await delay(pauseMs);
    } finally {
      signalProcess(pid, 'SIGCONT');
    }
  });
};

function findGateway({ pid }: RunningS3): number {
  if (pid === undefined) throw new Error('the store has no process');
  const gateway = listProcessTree(pid).find((each) => {
    const name = readFileSync(`/proc/${each}/comm`, 'utf8').trim();
    return name === 'radosgw';
  });
  if (gateway === undefined) throw new Error('the store has no process radosgw');
  return gateway;
}
