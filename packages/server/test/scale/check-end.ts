import { setTimeout as delay } from 'node:timers/promises';
import { checkServer } from '../support/check/check-server.ts';
import { type FindingCounts, listFindings } from '../support/check/findings.ts';
import { type Ledger, NO_LEDGER, type Recorder } from '../support/ledger/ledger.ts';
import { LedgerReader } from '../support/ledger/ledger-reader.ts';
import type { LedgerState } from '../support/ledger/ledger-state.ts';
import type { ScaleBench } from './scale-bench.ts';
import type { ScaleNode } from './scale-node.ts';

const READY_TIMEOUT_MS = 180_000;
const SETTLE_TIMEOUT_MS = 90_000;
const POLL_MS = 500;

export interface EndChecks {
  /** What each look found, by the name of the look. */
  readonly looks: ReadonlyMap<string, readonly string[]>;
  readonly state: LedgerState;
}

/** With everything whole and nothing in flight: every node is held against the ledger, and nothing is left that nobody ends. */
export async function checkEnd(bench: ScaleBench, ledger: Ledger, counts: FindingCounts): Promise<EndChecks> {
  const { nodes } = bench;
  // What may still have been under way ends with the nodes.
  await Promise.all(nodes.map((node) => node.stop()));
  await bench.pair.untilSynchronous();
  ledger.restarted();
  for (const node of nodes) node.start();
  await Promise.all(nodes.map((node) => node.untilReady(READY_TIMEOUT_MS)));
  const looks = new Map<string, readonly string[]>();
  const reader = new LedgerReader(ledger.file);
  const look = async (node: ScaleNode, recorder: Recorder, uploads: 'survive' | 'not-looked-at'): Promise<void> => {
    const startedAtMs = performance.now();
    const state = reader.readTo(ledger.position);
    const findings = await checkServer({
      ...{ client: node.client, state, recorder, uploads },
      since: 0,
      sample: undefined,
      isCollecting: true,
    });
    counts.add(findings);
    looks.set(`everything acknowledged, on ${node.name}`, listFindings(findings));
    const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
    bench.say(`${node.name} was read in ${seconds} s, by ${findings.requestCount} requests`);
  };
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error('there are nodes');
  // What the first finds of what was uncertain, the others must find as well.
  await look(first, ledger, 'survive');
  await Promise.all(others.map((node) => look(node, NO_LEDGER, 'not-looked-at')));
  looks.set('no upload and no job is left in somebody’s hands', await findStuck(bench));
  const state = reader.readTo(ledger.position);
  reader.close();
  return { looks, state };
}

interface StuckRow {
  readonly what: string;
  readonly count: number;
}

/** Asks the database itself, as its operator may: leases that lapsed, locks that nobody released. */
async function findStuck({ pair }: ScaleBench): Promise<readonly string[]> {
  const now = '(extract(epoch from clock_timestamp()) * 1000)::bigint';
  const [schema] = await pair.primary.query<{ name: string }>(
    "select table_schema as name from information_schema.tables where table_name = 'uploads'",
    'registry',
  );
  const name = `"${schema?.name}"`;
  const text = `
    select 'jobs whose lease has lapsed' as what, count(*)::int as count from ${name}.jobs
      where lease_until is not null and lease_until < ${now} - 5000
    union all select 'locks among nodes that somebody extends', count(*)::int
      from roadstead_control_plane.locks where expires_at > ${now}`;
  const deadline = performance.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const rows = await pair.primary.query<StuckRow>(text, 'registry');
    const stuck = rows.filter(({ count }) => count > 0);
    if (stuck.length === 0) return [];
    if (performance.now() > deadline) return stuck.map(({ what, count }) => `${count} ${what}`);
    await delay(POLL_MS);
  }
}
