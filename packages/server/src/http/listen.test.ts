import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { listenLocally } from '../../test/support/listen-locally.ts';
import { ConfigurationError } from '../kernel/errors.ts';
import { listen } from './listen.ts';

describe('listen', () => {
  const servers: ReturnType<typeof createServer>[] = [];
  const open = () => {
    const server = createServer();
    servers.push(server);
    return server;
  };
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it('says which address is taken, and by which setting to choose another', async () => {
    const port = await listenLocally(open());
    const second = listen(open(), { host: '127.0.0.1', port }, 'ROADSTEAD_LISTEN');
    await expect(second).rejects.toThrow(ConfigurationError);
    await expect(second).rejects.toThrow(
      `cannot listen at 127.0.0.1:${port} (EADDRINUSE): another program has it: ` +
        'stop that program, or set ROADSTEAD_LISTEN to an address that is free',
    );
  });

  it('says that the machine does not have the address', async () => {
    const address = { host: '192.0.2.1', port: 5000 };
    await expect(listen(open(), address, 'ROADSTEAD_METRICS_LISTEN')).rejects.toThrow(
      'set ROADSTEAD_METRICS_LISTEN to one that it has, or to :5000',
    );
  });
});
