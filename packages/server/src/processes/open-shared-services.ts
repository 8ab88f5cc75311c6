import type { Config } from '../config/config.ts';
import { createPostgresInstances, openInstanceReads } from '../databases.ts';
import type { Locks } from '../kernel/locks.ts';
import type { CallChannel } from './call-channel.ts';
import { openRemoteInstanceDatabase } from './remote-instance-database.ts';
import type { ServerServices } from './server-services.ts';
import { takeConnections } from './take-connections.ts';

/** The services of a server that is one of several processes: the primary has the data folder, the writer and the locks. */
export function openSharedServices(config: Config, primary: CallChannel): ServerServices {
  const { databaseUrl } = config;
  const postgres = databaseUrl === undefined ? undefined : createPostgresInstances({ ...config, databaseUrl });
  return {
    isOneOfSeveral: true,
    locks: createRemoteLocks(primary),
    listen: async (servers) => takeConnections(servers, () => primary.call('leave', undefined)),
    openInstanceDatabase: (instance) =>
      postgres?.open(instance) ??
      openRemoteInstanceDatabase(primary, instance, () => openInstanceReads(config, instance)),
    close: async () => postgres?.close(),
  };
}

function createRemoteLocks(primary: CallChannel): Locks {
  return {
    acquire: async (name, waitMs) => {
      const isHeld = await primary.call<boolean>('acquireLock', { name, waitMs });
      return isHeld ? () => void primary.call('releaseLock', name).catch(() => undefined) : undefined;
    },
  };
}
