import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';

/**
 * `GET /metrics` on a listener of its own, so that it need not stand open where the registry does.
 * @param refresh brings what is counted on demand up to date; awaited before anything is read
 */
export function createMetricsServer(registry: Registry, refresh: () => Promise<void>): Server {
  const collect = async () => {
    await refresh();
    return registry.metrics();
  };
  return createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404).end('There is only GET /metrics here.\n');
      return;
    }
    collect().then(
      (text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
      () => response.writeHead(500).end('The metrics could not be collected.\n'),
    );
  });
}
