import type { Server } from 'node:http';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from '../config/config.ts';
import { nodeHttp } from '../kernel/node-http.ts';
import { listen } from './listen.ts';
import { printableHost } from './printable-host.ts';

/**
 * `GET /metrics` on a listener of its own, so that it need not stand open where the registry does.
 * @param read brings what is counted on demand up to date
 * @returns undefined when no metrics are wanted, or when nobody asked for this address and it is taken
 */
export async function startMetricsServer(
  config: Config,
  logger: Logger,
  read: () => Promise<Registry>,
): Promise<Server | undefined> {
  const address = config.metrics.listen;
  if (address === undefined) return undefined;
  const server = createMetricsServer(read);
  try {
    await listen(server, address, 'ROADSTEAD_METRICS_LISTEN');
    return server;
  } catch (error) {
    if (!config.metrics.isDefault) throw error;
    logger.warn(`there are no metrics: the address ${printableHost(address)} is taken (ROADSTEAD_METRICS_LISTEN)`);
    return undefined;
  }
}

export function createMetricsServer(read: () => Promise<Registry>): Server {
  const collect = async () => {
    const registry = await read();
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
  return nodeHttp.createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404).end('There is only GET /metrics here.\n');
      return;
    }
    collect().then(
      ({ contentType, text }) => response.writeHead(200, { 'Content-Type': contentType }).end(text),
      () => response.writeHead(500).end('The metrics could not be collected.\n'),
    );
  });
}
