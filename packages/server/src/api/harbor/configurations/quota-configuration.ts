import { ProductError } from '../../../kernel/errors.ts';
import { assertStorageLimit } from '../../../policies/quota/quotas.ts';
import type { QuotaDefaults } from '../../../projects/quota-defaults.ts';
import type { Configuration } from './configuration.ts';
import { readConfigurationSwitch } from './read-configuration.ts';

const IS_ON = 'quota_per_project_enable';
const STORAGE = 'storage_per_project';

export const QUOTA_KEYS: readonly string[] = [IS_ON, STORAGE];

export function renderQuotaConfiguration({ isOn, storageBytes }: QuotaDefaults): Configuration {
  return { [IS_ON]: isOn, [STORAGE]: storageBytes };
}

/**
 * @returns undefined when nothing of it would change
 * @throws ProductError BAD_REQUEST
 */
export function readQuotaConfiguration(change: Configuration, before: QuotaDefaults): QuotaDefaults | undefined {
  const isOn = (change[IS_ON] ?? undefined) === undefined ? before.isOn : readConfigurationSwitch(change, IS_ON);
  const storageBytes = change[STORAGE] ?? before.storageBytes;
  if (typeof storageBytes !== 'number') throw new ProductError('BAD_REQUEST', `${STORAGE} must be a whole number`);
  assertStorageLimit(storageBytes);
  return isOn === before.isOn && storageBytes === before.storageBytes ? undefined : { isOn, storageBytes };
}
