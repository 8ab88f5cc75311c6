import { ProductError } from '../kernel/errors.ts';
import type { AccessSettings } from './access-settings.ts';
import { MAX_SESSION_MINUTES } from './sessions/sessions.ts';

const MAX_ROBOT_DAYS = 36_500;
/** What HTTP Basic can carry and no shell trips over at the wrong place; `+` stands between a robot's project and its name. */
const ROBOT_PREFIX = /^[A-Za-z0-9_.$@~-]{1,32}$/;

type Readers = { readonly [Name in keyof AccessSettings]: (value: unknown) => value is AccessSettings[Name] };

const IS_GOOD: Readers = {
  selfRegistration: (value): value is boolean => typeof value === 'boolean',
  projectCreation: (value): value is AccessSettings['projectCreation'] =>
    value === 'everyone' || value === 'administrators',
  sessionTimeoutMinutes: (value): value is number => isWholeWithin(value, 1, MAX_SESSION_MINUTES),
  robotNamePrefix: (value): value is string => typeof value === 'string' && ROBOT_PREFIX.test(value),
  robotDurationDays: (value): value is number => value === -1 || isWholeWithin(value, 1, MAX_ROBOT_DAYS),
  requireSecondFactor: (value): value is AccessSettings['requireSecondFactor'] =>
    value === 'nobody' || value === 'administrators' || value === 'everybody',
};

const RULES: Readonly<Record<keyof AccessSettings, string>> = {
  selfRegistration: 'true or false',
  projectCreation: 'everyone or administrators',
  sessionTimeoutMinutes: `a whole number from 1 to ${MAX_SESSION_MINUTES}`,
  robotNamePrefix: '1 to 32 letters, digits, and _ . $ @ ~ -',
  robotDurationDays: `a whole number from 1 to ${MAX_ROBOT_DAYS}, or -1 for ever`,
  requireSecondFactor: 'nobody, administrators or everybody',
};

/**
 * What somebody has asked to change; each value is checked by hand.
 * @throws ProductError VALIDATION that names the first field which is not right.
 */
export function readAccessChange(body: Readonly<Record<string, unknown>>): Partial<AccessSettings> {
  for (const [name, value] of Object.entries(body)) {
    if (!isSetting(name)) {
      throw new ProductError('VALIDATION', `there is no such setting: they are ${Object.keys(RULES).join(', ')}`);
    }
    if (!IS_GOOD[name](value)) throw new ProductError('VALIDATION', `${name} must be ${RULES[name]}`);
  }
  return body as Partial<AccessSettings>;
}

function isSetting(name: string): name is keyof AccessSettings {
  return Object.hasOwn(RULES, name);
}

function isWholeWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && min <= value && value <= max;
}
