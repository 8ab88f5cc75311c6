import type { Phase, PhaseContext } from './phase.ts';

const SHORT_LISTEN_MS = 1_000;
const FULL_LISTEN_MS = 8_000;

/** The primary's machine is lost; its synchronous standby takes over, under the same address; the old one comes back. */
export const runFailover: Phase = async (context) => {
  const rounds = context.bench.options.isShort ? 1 : 2;
  for (let round = 0; round < rounds; round += 1) await failOverOnce(context);
};

async function failOverOnce({ bench, faults, check }: PhaseContext): Promise<void> {
  const { pair, databaseProxies } = bench;
  await pair.untilSynchronous();
  await faults.inflict('failover to the standby', async () => {
    await pair.failOver();
    const address = { host: '127.0.0.1', port: pair.primary.port };
    for (const proxy of databaseProxies) proxy.retarget(address);
  });
  const look = await pair.returnUnchanged(bench.options.isShort ? SHORT_LISTEN_MS : FULL_LISTEN_MS);
  check('the old primary, started again as it was', [
    ...(look.nodeConnections > 0 ? [`${look.nodeConnections} connections of nodes lead to it`] : []),
    ...(look.hasAcknowledged ? ['it has acknowledged a write without its standby'] : []),
  ]);
  await faults.inflict('the old primary comes back as the standby', async () => {
    bench.say(`  the old primary was ${await pair.returnAsStandby()}`);
  });
  const writable = await pair.findWritableStandby();
  check('the old primary as the standby', writable === undefined ? [] : [writable]);
}
