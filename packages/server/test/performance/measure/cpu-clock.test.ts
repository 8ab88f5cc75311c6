import { expect, it } from 'vitest';
import { CpuClock, parseMachineTicks } from './cpu-clock.ts';

it('counts the busy ticks of the machine, and neither idle time nor guests twice', () => {
  const text = 'cpu  100 10 50 9000 700 3 4 5 60 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n';
  expect(parseMachineTicks(text)).toBe(172);
});

it.runIf(process.platform === 'linux')('sees the work of a process', () => {
  const clock = CpuClock.open();
  const before = clock.readTree(process.pid);
  for (const begun = process.cpuUsage(); process.cpuUsage(begun).user < 100_000; );
  // One tick less, since both readings are rounded down.
  expect(clock.readTree(process.pid) - before).toBeGreaterThanOrEqual(0.09);
});
