import type { MemoryReading } from '../bench-result.ts';
import { RegistryClient } from '../content/registry-client.ts';
import { LoadProcess } from '../load/load-process.ts';
import type { LoadTarget } from '../load/load-task.ts';
import type { SideName } from '../measure/compare-in-rounds.ts';
import { readMemory } from '../measure/memory-watch.ts';
import { waitUntilIdle } from '../measure/wait-until-idle.ts';
import type { RowContext } from '../row.ts';
import { coresOf, type Placement } from '../servers/placement.ts';
import type { RunningServer, ServerFactory } from '../servers/running-server.ts';

/** A server of a row and a client for it. */
export interface OpenServer {
  readonly server: RunningServer;
  readonly client: RegistryClient;
  readonly target: LoadTarget;
  close(): Promise<void>;
}

/** @param dataDir is kept when the server stops */
export async function openServer(
  context: RowContext,
  factory: ServerFactory,
  placement: Placement,
  dataDir?: string,
): Promise<OpenServer> {
  const server = await factory.start({ placement, ...(dataDir === undefined ? {} : { dataDir }) });
  const client = new RegistryClient(server);
  const close = async (): Promise<void> => {
    client.close();
    await server.stop();
  };
  context.defer(close);
  if (server.pid !== undefined) await waitUntilIdle(server.pid, context.clock);
  return { server, client, target: { host: server.host, port: server.port }, close };
}

/** Both servers, running at the same time; only one of them is under load at any moment. */
export async function openPair(
  context: RowContext,
  placement: Placement,
  ours: ServerFactory = context.ours,
): Promise<Readonly<Record<SideName, OpenServer>>> {
  return {
    ours: await openServer(context, ours, placement),
    peer: await openServer(context, context.peer, placement),
  };
}

export function openLoad(context: RowContext, placement: Placement): LoadProcess {
  const load = new LoadProcess(coresOf(placement).load);
  context.defer(() => load.stop());
  return load;
}

/** The peaks of both servers since their start, as far as they are in reach. */
export function readPeaks(pair: Readonly<Record<SideName, OpenServer>>): readonly MemoryReading[] {
  return (['ours', 'peer'] as const).flatMap((side) => {
    const { name, pid } = pair[side].server;
    if (pid === undefined) return [];
    return {
      server: name,
      isOurs: side === 'ours',
      phase: 'peak of this row',
      figure: 'peak',
      processes: readMemory(pid),
    };
  });
}
