import type { Config } from '../../config/config.ts';
import { findMasterKey, type MasterKey, readPreviousMasterKey } from '../../config/secrets.ts';
import { inspectMasterKey } from '../../control-plane/master-key-check.ts';
import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import type { Database } from '../../drivers/database/database.ts';
import { ConfigurationError } from '../../kernel/errors.ts';
import { type Finding, fail, ok } from './finding.ts';

const CHECK = 'master key';

/**
 * The master key: there, closed to others, and the one that sealed the database.
 * @param controlPlane undefined when there is none that could be read
 */
export async function checkMasterKey(
  config: Config,
  controlPlane: Database<ControlPlaneSchema> | undefined,
): Promise<Finding> {
  let key: MasterKey | undefined;
  let previous: MasterKey | undefined;
  try {
    key = findMasterKey(config);
    previous = readPreviousMasterKey(config);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return fail(CHECK, error.message, 'without the right key nothing sealed opens: restore it from where you keep it');
  }
  const state = controlPlane === undefined ? 'none-known' : await inspectMasterKey(controlPlane, key);
  const isChanging =
    previous !== undefined && controlPlane !== undefined && (await inspectMasterKey(controlPlane, previous)) === 'same';
  if (state === 'other' && isChanging) {
    return ok(CHECK, `${previous?.file} seals the database until \`roadstead admin rotate-keys --master\` has run`);
  }
  if (state === 'other') {
    const message = key === undefined ? 'it is missing' : `${key.file} is not the one that sealed this database`;
    return fail(CHECK, message, 'restore master.key in the data folder, or set ROADSTEAD_MASTER_KEY_FILE to it');
  }
  if (key === undefined) return ok(CHECK, 'the first start makes it');
  return ok(CHECK, `${key.file} is readable${state === 'same' ? ' and fits the database' : ''}`);
}
