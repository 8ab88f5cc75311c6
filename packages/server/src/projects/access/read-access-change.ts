import type { AccessSettings } from '../../identity/access-settings.ts';
import { MAX_SESSION_MINUTES } from '../../identity/sessions/sessions.ts';
import { ProductError } from '../../kernel/errors.ts';
import { BUILTIN_ROLES, isBuiltinRole } from '../roles/builtin-roles.ts';
import { storedNameOfRole } from '../roles/role-ids.ts';

const MAX_ROLES = 100;
const MAX_ROBOT_DAYS = 36_500;
const MAX_TOKEN_MINUTES = 24 * 60;
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
  tokenMinutes: (value): value is number | null => value === null || isWholeWithin(value, 1, MAX_TOKEN_MINUTES),
  requireSecondFactor: (value): value is AccessSettings['requireSecondFactor'] =>
    value === 'nobody' || value === 'administrators' || value === 'everybody',
  // By now as memberships store them.
  requireSecondFactorOfRoles: (value): value is AccessSettings['requireSecondFactorOfRoles'] => Array.isArray(value),
};

const RULES: Readonly<Record<keyof AccessSettings, string>> = {
  selfRegistration: 'true or false',
  projectCreation: 'everyone or administrators',
  sessionTimeoutMinutes: `a whole number from 1 to ${MAX_SESSION_MINUTES}`,
  robotNamePrefix: '1 to 32 letters, digits, and _ . $ @ ~ -',
  robotDurationDays: `a whole number from 1 to ${MAX_ROBOT_DAYS}, or -1 for ever`,
  tokenMinutes: `a whole number from 1 to ${MAX_TOKEN_MINUTES}, or null for what the operator has configured`,
  requireSecondFactor: 'nobody, administrators or everybody',
  requireSecondFactorOfRoles: `a list of ${BUILTIN_ROLES.join(', ')}, and ids of custom roles`,
};

/**
 * What somebody has asked to change; each value is checked by hand.
 * @throws ProductError VALIDATION that names the first field which is not right.
 */
export function readAccessChange(body: Readonly<Record<string, unknown>>): Partial<AccessSettings> {
  const change: Record<string, unknown> = { ...body };
  for (const [name, value] of Object.entries(body)) {
    if (!isSetting(name)) {
      throw new ProductError('VALIDATION', `there is no such setting: they are ${Object.keys(RULES).join(', ')}`);
    }
    if (name === 'requireSecondFactorOfRoles') change[name] = readRoles(value);
    if (!IS_GOOD[name](change[name])) throw new ProductError('VALIDATION', `${name} must be ${RULES[name]}`);
  }
  return change as Partial<AccessSettings>;
}

/** @returns the roles as memberships store them, in one order, each once; undefined when one of them is none */
function readRoles(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_ROLES) return undefined;
  const stored = value.map((role: unknown) => {
    if (typeof role === 'string') return isBuiltinRole(role) ? role : undefined;
    return typeof role === 'number' ? storedNameOfRole(role) : undefined;
  });
  const roles = stored.filter((role) => role !== undefined);
  return roles.length === stored.length ? [...new Set(roles)].toSorted() : undefined;
}

function isSetting(name: string): name is keyof AccessSettings {
  return Object.hasOwn(RULES, name);
}

function isWholeWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && min <= value && value <= max;
}
