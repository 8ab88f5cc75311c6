import { describe, expect, it } from 'vitest';
import { RequestLog } from './request-log.ts';

describe('the log of requests', () => {
  const failure = (startedAtMs: number, endedAtMs: number, node?: string) => {
    return { kind: 'GET 503', node, startedAtMs, endedAtMs, detail: '' };
  };

  it('lets nothing explain what failed outside of every fault', () => {
    const log = new RequestLog();
    const window = log.openWindow('outage');
    window.endedAtMs = window.startedAtMs + 100;
    window.recoveredAtMs = window.startedAtMs + 200;
    const { startedAtMs: at } = window;
    log.fail(failure(at - 50, at - 1));
    log.fail(failure(at + 201, at + 210));
    expect(log.unexplained()).toHaveLength(2);
    // Under way when it began, in the middle, and begun before it was normal again.
    for (const [start, end] of [[-10, 10] as const, [20, 30] as const, [190, 400] as const])
      log.fail(failure(at + start, at + end));
    expect(log.unexplained()).toHaveLength(2);
    expect(log.explainedBy(window)).toHaveLength(3);
  });

  it('blames the end of a node for its own requests only', () => {
    const log = new RequestLog();
    const window = log.openWindow('kill', 'node1');
    log.fail(failure(window.startedAtMs, window.startedAtMs + 1, 'node1'));
    log.fail(failure(window.startedAtMs, window.startedAtMs + 1, 'node2'));
    expect(log.unexplained().map(({ node }) => node)).toEqual(['node2']);
  });

  it('sees recovery past the failures of a node that was killed meanwhile', () => {
    const log = new RequestLog();
    const kill = log.openWindow('kill', 'node1');
    const at = kill.startedAtMs;
    log.fail(failure(at, at + 5, 'node2'));
    log.fail(failure(at, at + 9, 'node1'));
    expect(log.lastFailureSince(at)).toBe(at + 5);
    expect(log.lastFailureSince(at + 6)).toBeUndefined();
  });

  it('counts what was asked in a time', () => {
    const log = new RequestLog();
    const nowMs = performance.now();
    log.succeed();
    log.fail(failure(nowMs, nowMs));
    expect(log.countBetween(nowMs - 1_000, performance.now())).toBe(2);
    expect(log.countBetween(nowMs + 5_000, nowMs + 6_000)).toBe(0);
  });
});
