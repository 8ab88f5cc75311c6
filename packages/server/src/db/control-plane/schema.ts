/** The tables of the control plane; the same conventions as in the instance schema. */
export interface ControlPlaneSchema {
  properties: PropertyRow;
  instances: InstanceRow;
  instance_hosts: InstanceHostRow;
  locks: LockRow;
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
  /** When a closed instance has to be woken for work of its own; null when there is none. */
  next_due_at: number | null;
  created_at: number;
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
