import type { Generated } from 'kysely';

/** The tables of the control plane; the same conventions as in the instance schema. */
export interface ControlPlaneSchema {
  properties: PropertyRow;
  instances: InstanceRow;
  instance_hosts: InstanceHostRow;
  locks: LockRow;
  instance_holders: InstanceHolderRow;
  open_instances: OpenInstanceRow;
}

export interface PropertyRow {
  name: string;
  value: string;
}

export interface InstanceRow {
  id: string;
  /** `active` or `destroying`. */
  state: string;
  /** The database that holds the instance's schema. */
  cell: string;
  /** The newest schema step of the instance's database; null until it is opened for the first time. */
  schema_version: string | null;
  /** When a sleeping instance has to be woken for work of its own; null: nobody has looked yet. While it is open it stays as it was. */
  next_due_at: number | null;
  /** Rises whenever somebody has given it work: what was found out about its work before does not count any more. */
  due_marks: Generated<number>;
  /** Until then one who wakes instances has taken it, by the database's clock. */
  claimed_until: number | null;
  /** Wake-ups that failed since the last one that did not. */
  failed_wakes: Generated<number>;
  created_at: number;
}

/** A process that has instances open. A name is used by one process only. */
export interface InstanceHolderRow {
  name: string;
  /** 1 when it works on the jobs of what it has open, 0 when it only answers requests. */
  works: number;
  /** By the database's clock: then it counts as dead unless it has said otherwise. */
  expires_at: number;
}

/** An instance that a process has open. Without a living holder it is to be looked at: somebody died who may have given it work. */
export interface OpenInstanceRow {
  instance_id: string;
  holder: string;
}

export interface InstanceHostRow {
  /** Lower-case; with a port it is this port only, without one it is every port. */
  host: string;
  instance_id: string;
}

export interface LockRow {
  name: string;
  /** The process that has it. */
  holder: string;
  /** By the database's clock, which is one for all nodes. */
  expires_at: number;
}
