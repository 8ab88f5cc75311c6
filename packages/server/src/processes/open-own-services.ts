import type { Config } from '../config/config.ts';
import { createPostgresInstances, type InstanceDatabases, openInstanceReads } from '../databases.ts';
import { holdDataFolder } from '../hold-data-folder.ts';
import { closeServer } from '../http/http-server.ts';
import { listen } from '../http/listen.ts';
import { LocalLocks } from '../kernel/locks.ts';
import { openRemoteInstanceDatabase } from './remote-instance-database.ts';
import type { ServerServices } from './server-services.ts';
import { startWriterThread } from './start-writer-thread.ts';

/**
 * The services of a server that is one process: the data folder is its alone, and on SQLite the writer is a thread of it.
 * @param onFatal told of what the server cannot go on without
 * @throws ConfigurationError when another server has the data folder
 */
export function openOwnServices(config: Config, onFatal: (error: Error) => void): ServerServices {
  using opening = new DisposableStack();
  const held = opening.adopt(holdDataFolder(config.dataDir), (lock) => lock.release());
  const { databaseUrl } = config;
  const databases =
    databaseUrl === undefined
      ? startSqliteInstances(config, onFatal)
      : createPostgresInstances({ ...config, databaseUrl });
  opening.move();
  return {
    isOneOfSeveral: false,
    locks: new LocalLocks(),
    listen: async (servers, addresses) => {
      for (const [index, address] of addresses.entries()) {
        const server = servers[index];
        if (server !== undefined) await listen(server, address, address.setting);
      }
      return {
        close: async (graceMs) => {
          await Promise.all(servers.map((server) => closeServer(server, graceMs)));
        },
      };
    },
    openInstanceDatabase: (instance) => databases.open(instance),
    close: async () => {
      await databases.close();
      held.release();
    },
  };
}

/** The writer of all files in a thread of this process; it reads them itself. */
function startSqliteInstances(config: Config, onFatal: (error: Error) => void): InstanceDatabases {
  const thread = startWriterThread(config, onFatal);
  return {
    open: (instance) => openRemoteInstanceDatabase(thread.channel, instance, () => openInstanceReads(config, instance)),
    close: () => thread.close(),
  };
}
