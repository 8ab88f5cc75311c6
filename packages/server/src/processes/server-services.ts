import type { Server } from 'node:http';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Locks } from '../kernel/locks.ts';
import type { SetAddress } from './list-addresses.ts';

/** What a server process does for itself when it is alone, and asks of the primary process when it is one of several. */
export interface ServerServices {
  /** Opens the database of an instance, with its schema up to date. */
  openInstanceDatabase(instance: string): Promise<InstanceDatabase>;
  /** Exclusive among all processes of this server. */
  readonly locks: Locks;
  /** Begins to serve; each server has an address of its own. */
  listen(servers: readonly Server[], addresses: readonly SetAddress[]): Promise<Listening>;
  /** One of several processes: what only one may do (the metrics listener) is done by the primary. */
  readonly isOneOfSeveral: boolean;
  close(): Promise<void>;
}

/** What stands between clients and the servers. */
export interface Listening {
  /** Takes no more connections, ends idle ones, and waits for the others up to `graceMs` before it cuts them. */
  close(graceMs: number): Promise<void>;
}
