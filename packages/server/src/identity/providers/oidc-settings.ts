import { ProductError } from '../../kernel/errors.ts';
import { readExtraParameters } from './extra-parameters.ts';
import { createGroupFilter } from './group-filter.ts';

/** How an OpenID Connect provider is asked, and what its answers mean here. */
export interface OidcSettings {
  /** As it calls itself: what its discovery document and its tokens must say. */
  readonly issuer: string;
  readonly clientId: string;
  /** With `openid` among them. */
  readonly scopes: readonly string[];
  /** The claim that new accounts are named after. */
  readonly userClaim: string;
  /** The claim that holds the groups; null: groups are not taken from there. */
  readonly groupsClaim: string | null;
  /** A regular expression (RE2) that groups must match; null: all are taken. */
  readonly groupFilter: string | null;
  /** What its groups begin with here, so that the groups of two providers are never the same. */
  readonly groupPrefix: string;
  /** The group, as the provider calls it, whose members are administrators here; null: none. */
  readonly adminGroup: string | null;
  /** Whether a new account gets the name that the claim says; else people choose one. */
  readonly autoOnboard: boolean;
  /** Whether signing out here signs out there. */
  readonly endsProviderSession: boolean;
  /** Parameters of one's own that are added where people are sent to sign in, as `prompt` or `acr_values`. */
  readonly extraParameters: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, unknown>>;

const FIELDS = [
  'issuer',
  'clientId',
  'scopes',
  'userClaim',
  'groupsClaim',
  'groupFilter',
  'groupPrefix',
  'adminGroup',
  'autoOnboard',
  'endsProviderSession',
  'extraParameters',
];
const MAX_URL_LENGTH = 1_024;
const MAX_TEXT_LENGTH = 255;
const MAX_SCOPES = 20;
/** RFC 6749 § 3.3 */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/;
/** Hosts where nobody is in between. */
export const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** Read by hand: a validator that coerces would take `"false"` for true. @throws ProductError VALIDATION */
export function readOidcSettings(value: unknown): OidcSettings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('settings must be an object');
  const fields = value as Fields;
  const other = Object.keys(fields).find((field) => !FIELDS.includes(field));
  if (other !== undefined) throw invalid(`settings have no field ${JSON.stringify(other.slice(0, 50))}`);
  const groupsClaim = readOptionalText(fields, 'groupsClaim');
  const groupFilter = readOptionalText(fields, 'groupFilter');
  const adminGroup = readOptionalText(fields, 'adminGroup');
  if (groupsClaim === null && (groupFilter !== null || adminGroup !== null)) {
    throw invalid('settings.groupFilter and settings.adminGroup need settings.groupsClaim');
  }
  if (groupFilter !== null) createGroupFilter(groupFilter);
  return {
    issuer: readIssuer(fields['issuer']),
    clientId: readText(fields, 'clientId'),
    scopes: readScopes(fields['scopes']),
    userClaim: readOptionalText(fields, 'userClaim') ?? 'preferred_username',
    groupsClaim,
    groupFilter,
    groupPrefix: readOptionalText(fields, 'groupPrefix') ?? '',
    adminGroup,
    autoOnboard: readSwitch(fields, 'autoOnboard'),
    endsProviderSession: readSwitch(fields, 'endsProviderSession'),
    extraParameters: readExtraParameters(fields['extraParameters']),
  };
}

/**
 * OpenID Connect Discovery 1.0 § 3: an issuer is an https address without query and fragment. Plain http is taken for this very
 * machine alone, where nobody is in between.
 */
function readIssuer(value: unknown): string {
  const url = typeof value === 'string' && value.length <= MAX_URL_LENGTH ? URL.parse(value) : null;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK_HOSTS.includes(url.hostname));
  if (typeof value !== 'string' || url === null || !isSafe || /\p{C}|\s/u.test(value)) {
    throw invalid('settings.issuer must be an address that begins with https://');
  }
  if ([url.username, url.password, url.search, url.hash].some((part) => part !== '') || /[?#]/.test(value)) {
    throw invalid('settings.issuer may hold no user, query or fragment');
  }
  return value;
}

function readScopes(value: unknown): readonly string[] {
  if (value === undefined || value === null) return ['openid', 'profile', 'email'];
  const areFit = Array.isArray(value) && value.length <= MAX_SCOPES && value.every(isScope);
  if (!areFit) throw invalid(`settings.scopes must be a list of at most ${MAX_SCOPES} scopes`);
  if (!value.includes('openid')) throw invalid('settings.scopes must have "openid" among them');
  return [...new Set(value)];
}

function isScope(value: unknown): value is string {
  return typeof value === 'string' && SCOPE.test(value);
}

function readText(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_LENGTH && !/\p{C}/u.test(value)) {
    return value;
  }
  throw invalid(`settings.${name} must be a text of 1 to ${MAX_TEXT_LENGTH} visible characters`);
}

function readOptionalText(fields: Fields, name: string): string | null {
  return [undefined, null, ''].includes(fields[name] as undefined) ? null : readText(fields, name);
}

function readSwitch(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== 'boolean') throw invalid(`settings.${name} must be true or false`);
  return value;
}

function invalid(message: string): ProductError {
  return new ProductError('VALIDATION', message);
}
