import type { AccessSettings } from '../../../identity/access-settings.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { readAccessChange } from '../../../projects/access/read-access-change.ts';
import type { Configuration } from './configuration.ts';

/** A key of Harbor's, and the setting that it is; of the same values but for who may create projects. */
const SETTINGS = {
  self_registration: 'selfRegistration',
  project_creation_restriction: 'projectCreation',
  session_timeout: 'sessionTimeoutMinutes',
  robot_token_duration: 'robotDurationDays',
  robot_name_prefix: 'robotNamePrefix',
} as const satisfies Readonly<Record<string, keyof AccessSettings>>;

const ADMINISTRATORS = { harbor: 'adminonly', ours: 'administrators' } as const;

export const ACCESS_KEYS: readonly string[] = Object.keys(SETTINGS);

export function renderAccessConfiguration(settings: AccessSettings): Configuration {
  const values = Object.entries(SETTINGS).map(([key, name]) => {
    const value = settings[name];
    return [key, value === ADMINISTRATORS.ours ? ADMINISTRATORS.harbor : value];
  });
  return Object.fromEntries(values);
}

/**
 * @param change Harbor's keys, of which those of access are read
 * @returns undefined when nothing of it would change
 * @throws ProductError BAD_REQUEST that names Harbor's key
 */
export function readAccessConfiguration(
  change: Configuration,
  before: AccessSettings,
): Partial<AccessSettings> | undefined {
  const wanted: Partial<Record<keyof AccessSettings, unknown>> = {};
  for (const [key, name] of Object.entries(SETTINGS)) {
    const value = change[key];
    if (value === undefined || value === null) continue;
    const ours = toOurs(key, value);
    if (ours !== before[name]) wanted[name] = ours;
  }
  if (Object.keys(wanted).length === 0) return undefined;
  try {
    return readAccessChange(wanted);
  } catch (error) {
    if (!(error instanceof ProductError)) throw error;
    throw new ProductError(error.code, inHarborsWords(error.message));
  }
}

/** @throws ProductError BAD_REQUEST */
function toOurs(key: string, value: unknown): unknown {
  if (key !== 'project_creation_restriction') return value;
  if (value === ADMINISTRATORS.harbor) return ADMINISTRATORS.ours;
  if (value === 'everyone') return value;
  throw new ProductError('BAD_REQUEST', `${key} must be everyone or adminonly`);
}

function inHarborsWords(message: string): string {
  const found = Object.entries(SETTINGS).find(([, name]) => message.startsWith(`${name} `));
  return found === undefined ? message : message.replace(found[1], found[0]);
}
