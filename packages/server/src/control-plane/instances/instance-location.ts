import path from 'node:path';
import { assertInstanceId } from './instance-id.ts';

/** Where the data of one instance are. */
export interface InstanceLocation {
  /** Holds everything of the instance that is on this machine; nothing else is in it. */
  readonly folder: string;
  readonly sqliteFile: string;
  readonly blobsFolder: string;
  readonly postgresSchema: string;
}

/** The database schema of the control plane itself, and its file in the data folder. */
export const CONTROL_PLANE_POSTGRES_SCHEMA = 'roadstead_control_plane';
export const CONTROL_PLANE_SQLITE_FILE = 'control-plane.sqlite';

/** @throws ProductError (BAD_REQUEST) when `id` is not an instance's id: it becomes part of a path and of a schema's name */
export function locateInstance(dataDir: string, id: string): InstanceLocation {
  assertInstanceId(id);
  const folder = path.join(dataDir, 'instances', id);
  return {
    folder,
    sqliteFile: path.join(folder, 'metadata.sqlite'),
    blobsFolder: path.join(folder, 'blobs'),
    postgresSchema: `roadstead_${id.replaceAll('-', '_')}`,
  };
}
