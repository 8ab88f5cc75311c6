import { setTimeout as delay } from 'node:timers/promises';
import type { Direction, Place } from '../network.ts';
import type { ScaleNode } from '../scale-node.ts';
import type { Phase, PhaseContext } from './phase.ts';

const SHORT_MS = 6_000;
const FULL_MS = 12_000;
const SILENCE_MS = 3_000;

const SHORT_TRIALS: readonly (readonly [Place, Direction])[] = [
  ['database', 'both'],
  ['store', 'to-node'],
  ['balancer', 'from-node'],
];

const FULL_TRIALS: readonly (readonly [Place, Direction])[] = (['database', 'store', 'balancer'] as const).flatMap(
  (place) => (['both', 'from-node', 'to-node'] as const).map((direction) => [place, direction] as const),
);

/**
 * The database has taken a node's statements and is gone before it answers, as a machine without power, while the node
 * hears nothing of it: nobody can tell it, and what it waits for never comes.
 */
async function loseAnswers({ bench, faults, killer }: PhaseContext): Promise<void> {
  const [node] = bench.nodes;
  const [proxy] = bench.databaseProxies;
  if (node === undefined || proxy === undefined) return;
  await killer.without(() =>
    faults.inflict(`${node.name} loses its connections to the database without hearing of it`, async () => {
      proxy.impose({ kind: 'black-hole', direction: 'both' });
      await delay(SILENCE_MS);
      node.network.cut('database', 'to-node');
      try {
        proxy.heal();
        proxy.retarget({ host: '127.0.0.1', port: bench.pair.primary.port });
        await delay(SILENCE_MS);
      } finally {
        node.network.heal();
      }
      // Without it the other nodes would hide that it never comes back.
      await killer.untilAllAreReady();
    }),
  );
}

/** One node is cut off from one of its counterparts, in both directions or in one, while the others serve. */
export const runPartitions: Phase = async (context) => {
  const { bench, faults, killer } = context;
  const { isShort } = bench.options;
  if (!bench.network.isReal) return;
  for (const [index, [place, direction]] of (isShort ? SHORT_TRIALS : FULL_TRIALS).entries()) {
    const node = bench.nodes[index % bench.nodes.length] as ScaleNode;
    await killer.without(() =>
      faults.inflict(`${node.name} without its ${place}, ${direction}`, async () => {
        node.network.cut(place, direction);
        try {
          await delay(isShort ? SHORT_MS : FULL_MS);
        } finally {
          node.network.heal();
        }
      }),
    );
  }
  await loseAnswers(context);
};
