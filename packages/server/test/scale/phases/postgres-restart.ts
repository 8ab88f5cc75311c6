import type { Phase } from './phase.ts';

export const runPostgresRestart: Phase = async ({ bench, faults }) => {
  await faults.inflict('PostgreSQL restarted', () => bench.pair.restartPrimary());
  await bench.pair.untilSynchronous();
};
