import type { ExternalProfile } from '../providers/admit-identity.ts';
import { createGroupFilter } from '../providers/group-filter.ts';
import type { OidcSettings } from '../providers/oidc-settings.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** What the claims of somebody mean here. */
export interface ReadClaims {
  readonly groups: readonly string[];
  /** Undefined: the provider is not asked for it. */
  readonly isAdministrator: boolean | undefined;
  /** What a new account could be called, as the provider says. */
  readonly username: string | undefined;
  readonly profile: ExternalProfile;
}

/** More are not looked at. */
const MAX_GROUPS = 10_000;

/** Whether something that is wanted is missing, and may be had by asking for it (OpenID Connect Core 1.0 § 5.3). */
export function lacksClaims(claims: Claims, { groupsClaim, userClaim }: OidcSettings): boolean {
  const wanted = [userClaim, 'email', 'name', ...(groupsClaim === null ? [] : [groupsClaim])];
  return wanted.some((name) => !Object.hasOwn(claims, name));
}

export function readOidcClaims(claims: Claims, settings: OidcSettings): ReadClaims {
  const { groupsClaim, groupFilter, adminGroup, userClaim } = settings;
  const all = groupsClaim === null ? [] : readGroups(own(claims, groupsClaim));
  const isTaken = groupFilter === null ? () => true : createGroupFilter(groupFilter);
  return {
    groups: all.filter(isTaken),
    isAdministrator: adminGroup === null ? undefined : all.includes(adminGroup),
    username: readUsername(own(claims, userClaim) ?? own(claims, 'name')),
    profile: {
      realName: text(own(claims, 'name')),
      email: text(own(claims, 'email')),
      // A text "true" is no assertion of anything.
      isEmailVerified: own(claims, 'email_verified') === true,
    },
  };
}

/** One group may come as a text of its own; what is no text is no group. */
function readGroups(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value.slice(0, MAX_GROUPS) : [value];
  return list.filter((group) => typeof group === 'string' && group !== '') as readonly string[];
}

/** As Harbor does: blanks within become underscores. */
function readUsername(value: unknown): string | undefined {
  const name = text(value).trim().replaceAll(/\s/g, '_');
  return name === '' ? undefined : name;
}

function own(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
