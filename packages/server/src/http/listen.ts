import type { Server } from 'node:net';
import type { ListenAddress } from '../config/config.ts';
import { ConfigurationError } from '../kernel/errors.ts';
import { listenRemedy } from './listen-remedy.ts';
import { printableHost } from './printable-host.ts';

/**
 * Lets the server accept connections there.
 * @param setting the name of what the address came from, for the message
 * @throws ConfigurationError what keeps it from that, and what to do: the address is taken, or not this machine's
 */
export function listen(server: Server, address: ListenAddress, setting: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (cause: NodeJS.ErrnoException) => {
    const code = cause.code ?? cause.message;
    const remedy = listenRemedy(code, address, setting);
    reject(new ConfigurationError(`cannot listen at ${printableHost(address)} (${code}): ${remedy}`, { cause }));
  };
  server.once('error', fail);
  server.listen(address.port, address.host, () => {
    server.off('error', fail);
    resolve();
  });
  return promise;
}
