import { expect, it } from 'vitest';
import { MemoryWatch, parseProcessMemory } from './memory-watch.ts';

it('reads the memory of a process in megabytes', () => {
  const text = 'Name:\tnode\nState:\tS\nVmPeak:\t 9000000 kB\nVmHWM:\t  250000 kB\nVmRSS:\t  125000 kB\n';
  expect(parseProcessMemory(7, text)).toEqual({ pid: 7, name: 'node', residentMegabytes: 128, peakMegabytes: 256 });
});

it('takes a process that has ended for nothing', () => {
  expect(parseProcessMemory(7, 'Name:\tnode\nState:\tZ (zombie)\n')).toBeUndefined();
});

it.runIf(process.platform === 'linux')('sees the processes of a server, the first one included', () => {
  const [own] = new MemoryWatch(process.pid).stop();
  expect(own?.pid).toBe(process.pid);
  expect(own?.peakMegabytes).toBeGreaterThanOrEqual(own?.residentMegabytes ?? Number.NaN);
});
