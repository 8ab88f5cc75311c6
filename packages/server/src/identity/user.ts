import type { Principal } from '../kernel/principal.ts';

/** An account that can sign in. */
export interface User {
  readonly id: number;
  readonly name: string;
  readonly isAdministrator: boolean;
  /** Counts up whenever everything that was issued to the user must die: tokens carry the epoch they were issued in. */
  readonly tokenEpoch: number;
  /** Somebody else chose the password: nothing is open to the user but to choose another. */
  readonly mustChangePassword: boolean;
  /** A password alone opens nothing. */
  readonly hasSecondFactor: boolean;
  /** At a login provider, and by no password here. */
  readonly signsInElsewhere: boolean;
}

/**
 * A user as a principal, with the epoch in which the credentials were checked: a token that is issued from it is void when
 * the password changed in between.
 */
export type UserPrincipal = Extract<Principal, { readonly kind: 'user' }> & {
  readonly tokenEpoch: number;
  /** By a directory, just now, and by nothing that is kept here. */
  readonly isProvenByDirectory?: true;
};

export function principalOfUser(user: User): UserPrincipal {
  return {
    kind: 'user',
    id: user.id,
    name: user.name,
    isAdministrator: user.isAdministrator,
    tokenEpoch: user.tokenEpoch,
    ...(user.mustChangePassword && { mustChangePassword: true }),
    ...(user.hasSecondFactor && { hasSecondFactor: true }),
    ...(user.signsInElsewhere && { signsInElsewhere: true }),
  };
}
