import type { Server } from 'node:net';

/** Lets a server of a test listen on 127.0.0.1, or on another address of this machine. @returns its port, which the system chose unless one was given */
export async function listenLocally(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  server.off('error', reject);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
