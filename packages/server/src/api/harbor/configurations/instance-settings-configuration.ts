import { ProductError } from '../../../kernel/errors.ts';
import type { InstanceSettings } from '../../../operations/system/instance-settings.ts';
import { readBannerMessage } from './banner-message.ts';
import type { Configuration } from './configuration.ts';

/** A switch of Harbor's, and the setting that it is; some of Harbor's say what is off. */
const SWITCHES = {
  read_only: { name: 'isReadOnly', isTurned: false },
  notification_enable: { name: 'callsWebhooks', isTurned: false },
  pull_time_update_disable: { name: 'notesPullTimes', isTurned: true },
  pull_count_update_disable: { name: 'countsPulls', isTurned: true },
} as const;
const BANNER = 'banner_message';

export const INSTANCE_KEYS: readonly string[] = [...Object.keys(SWITCHES), BANNER];

export function renderInstanceConfiguration(settings: InstanceSettings): Configuration {
  const switches = Object.entries(SWITCHES).map(([key, { name, isTurned }]) => [key, settings[name] !== isTurned]);
  return { ...Object.fromEntries(switches), [BANNER]: settings.bannerMessage };
}

/**
 * @param change Harbor's keys, of which those of the instance are read
 * @returns undefined when nothing of it would change
 * @throws ProductError BAD_REQUEST that names Harbor's key
 */
export function readInstanceConfiguration(
  change: Configuration,
  before: InstanceSettings,
): Partial<InstanceSettings> | undefined {
  const wanted: { -readonly [K in keyof InstanceSettings]?: InstanceSettings[K] } = {};
  for (const [key, { name, isTurned }] of Object.entries(SWITCHES)) {
    const value = change[key] ?? undefined;
    if (value === undefined) continue;
    if (typeof value !== 'boolean') throw new ProductError('BAD_REQUEST', `${key} must be true or false`);
    if ((value !== isTurned) !== before[name]) wanted[name] = value !== isTurned;
  }
  const banner = readBannerMessage(change[BANNER], BANNER);
  if (banner !== undefined && banner !== before.bannerMessage) wanted.bannerMessage = banner;
  return Object.keys(wanted).length === 0 ? undefined : wanted;
}
