import { setTimeout as delay } from 'node:timers/promises';
import type { TcpFault } from '../../support/fault-proxy/tcp-fault-proxy.ts';
import type { Phase } from './phase.ts';

const SHORT_MS = 2_000;
const FULL_MS = 8_000;

/** Whether a fault strikes one node or all of them. */
type Reach = 'one' | 'all';

const SHORT_SCRIPT: readonly (readonly [TcpFault, Reach])[] = [
  [{ kind: 'reset' }, 'all'],
  [{ kind: 'truncate', bytes: 700 }, 'all'],
  [{ kind: 'black-hole', direction: 'to-client' }, 'all'],
];

const FULL_SCRIPT: readonly (readonly [TcpFault, Reach])[] = [
  [{ kind: 'latency', milliseconds: 40 }, 'all'],
  [{ kind: 'reset' }, 'one'],
  [{ kind: 'reset' }, 'all'],
  [{ kind: 'truncate', bytes: 700 }, 'all'],
  [{ kind: 'half-close', bytes: 700 }, 'all'],
  [{ kind: 'black-hole', direction: 'to-server' }, 'one'],
  [{ kind: 'black-hole', direction: 'to-client' }, 'one'],
  [{ kind: 'black-hole', direction: 'both' }, 'all'],
];

/** Every fault of the database's proxies. */
export const runDatabaseScript: Phase = async ({ bench, faults }) => {
  const script = bench.options.isShort ? SHORT_SCRIPT : FULL_SCRIPT;
  for (const [index, [fault, reach]] of script.entries()) {
    const { databaseProxies } = bench;
    const struck = reach === 'all' ? databaseProxies : [databaseProxies[index % databaseProxies.length]];
    const way = 'direction' in fault ? ` ${fault.direction}` : '';
    await faults.inflict(`database of ${reach}: ${fault.kind}${way}`, async () => {
      for (const proxy of struck) proxy?.impose(fault);
      try {
        await delay(bench.options.isShort ? SHORT_MS : FULL_MS);
      } finally {
        for (const proxy of struck) proxy?.heal();
      }
    });
  }
};
