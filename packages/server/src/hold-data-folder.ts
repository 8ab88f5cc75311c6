import path from 'node:path';
import { createDataDir } from './config/secrets.ts';
import { type ExclusiveFile, findExclusiveFile } from './drivers/database/sqlite/exclusive-file.ts';
import { ConfigurationError } from './kernel/errors.ts';

/**
 * Makes the data folder if need be, and takes it for this server alone: two servers on one folder would write into the same
 * open uploads.
 * @throws ConfigurationError when another server has it
 */
export function holdDataFolder(dataDir: string): ExclusiveFile {
  const lock = findDataFolderHold(dataDir);
  if (lock !== undefined) return lock;
  throw new ConfigurationError(
    `another Roadstead server is running on ${dataDir}: stop it, or give this one its own folder by ROADSTEAD_DATA`,
  );
}

/** The same, or undefined when a server has it. */
export function findDataFolderHold(dataDir: string): ExclusiveFile | undefined {
  createDataDir(dataDir);
  return findExclusiveFile(path.join(dataDir, 'server.lock'));
}
