import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Locks } from '../kernel/locks.ts';

/** What a server process does for itself when it is alone, and asks of the primary process when it is one of several. */
export interface ServerServices {
  /** Opens the database of an instance, with its schema up to date. */
  openInstanceDatabase(instance: string): Promise<InstanceDatabase>;
  /** Exclusive among all processes of this server. */
  readonly locks: Locks;
  /** One of several processes: what only one may do (the metrics listener) is done by the primary. */
  readonly isOneOfSeveral: boolean;
  close(): Promise<void>;
}
