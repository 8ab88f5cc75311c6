import type { Sample } from '../bench-result.ts';
import type { LoadProcess } from '../load/load-process.ts';
import type { LoadRequest, RequestTask } from '../load/load-task.ts';
import { measureLoad } from '../measure/measure-load.ts';
import type { RowContext } from '../row.ts';
import type { OpenServer } from './server-pair.ts';

type OneRequest = Omit<RequestTask, 'kind' | 'target' | 'requests'> & {
  readonly request: LoadRequest;
};

/** Sends the same request to a server again and again. */
export async function measureRequests(
  context: RowContext,
  { server, target }: OpenServer,
  load: LoadProcess,
  { request, ...rest }: OneRequest,
): Promise<Sample> {
  const { sample } = await measureLoad(
    server,
    load,
    { kind: 'requests', target, requests: [request], ...rest },
    context.clock,
  );
  return sample;
}
