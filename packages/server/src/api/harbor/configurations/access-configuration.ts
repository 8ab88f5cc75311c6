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
  token_expiration: 'tokenMinutes',
} as const satisfies Readonly<Record<string, keyof AccessSettings>>;

const ADMINISTRATORS = { harbor: 'adminonly', ours: 'administrators' } as const;

export const ACCESS_KEYS: readonly string[] = Object.keys(SETTINGS);

/** @param tokenSeconds how long a registry token lives, whoever has said so */
export function renderAccessConfiguration(settings: AccessSettings, tokenSeconds: number): Configuration {
  return {
    ...Object.fromEntries(Object.entries(SETTINGS).map(([key, name]) => [key, settings[name]])),
    project_creation_restriction: inHarborsProjectCreation(settings.projectCreation),
    token_expiration: Math.ceil(tokenSeconds / 60),
  };
}

export function inHarborsProjectCreation(who: AccessSettings['projectCreation']): string {
  return who === ADMINISTRATORS.ours ? ADMINISTRATORS.harbor : who;
}

/**
 * @param change Harbor's keys, of which those of access are read
 * @returns undefined when nothing of it would change
 * @throws ProductError BAD_REQUEST that names Harbor's key
 */
export function readAccessConfiguration(
  change: Configuration,
  before: AccessSettings,
  tokenSeconds: number,
): Partial<AccessSettings> | undefined {
  const shown = renderAccessConfiguration(before, tokenSeconds);
  const wanted: Partial<Record<keyof AccessSettings, unknown>> = {};
  for (const [key, name] of Object.entries(SETTINGS)) {
    const value = change[key];
    // Who says again what was shown changes nothing, and leaves to the operator what is the operator's.
    if (value === undefined || value === null || value === shown[key]) continue;
    wanted[name] = toOurs(key, value);
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
