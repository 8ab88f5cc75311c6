/**
 * Who makes a request. One value per request, made by the authentication hook and passed down; nobody below looks at
 * credentials again.
 */
export type Principal =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user';
      readonly id: number;
      readonly name: string;
      readonly isAdministrator: boolean;
      /** May do nothing but choose a password of its own. */
      readonly mustChangePassword?: true;
      /** A password alone does not sign in. */
      readonly hasSecondFactor?: true;
      /** At an OpenID Connect provider, which asks for second factors itself. */
      readonly signsInElsewhere?: true;
    }
  | { readonly kind: 'robot'; readonly id: number; readonly name: string }
  | {
      readonly kind: 'access-token';
      readonly id: number;
      readonly userId: number;
      /** The owner's. */
      readonly name: string;
      /** Whether the owner is one. */
      readonly isAdministrator: boolean;
    }
  | {
      readonly kind: 'workload';
      readonly issuer: string;
      readonly subject: string;
      readonly name: string;
      /** What lets it in: it may what these rules give, while they are what they were. */
      readonly rules: readonly WorkloadRuleReference[];
    }
  | { readonly kind: 'system'; readonly name: string };

/** A rule of trust in another issuer, as it was when somebody came by it. */
export type WorkloadRuleReference = { readonly id: number; readonly version: number };

/** Somebody in person: no robot, and no token that stands for somebody. */
export type Person = Extract<Principal, { readonly kind: 'user' }>;

export const ANONYMOUS: Principal = { kind: 'anonymous' };

/** A stable key of the principal, for ownership of uploads and for the journal: `user:7`, `anonymous`, `system:reclaim`. */
export function principalKey(principal: Principal): string {
  switch (principal.kind) {
    case 'anonymous':
      return 'anonymous';
    case 'user':
    case 'robot':
    case 'access-token':
      return `${principal.kind}:${principal.id}`;
    case 'workload':
      return `workload:${principal.issuer}#${principal.subject}`;
    case 'system':
      return `system:${principal.name}`;
  }
}

/** The name to show for the principal. */
export function principalName(principal: Principal): string {
  return principal.kind === 'anonymous' ? 'anonymous' : principal.name;
}

/** The user whom the principal is or acts for; undefined for all others. */
export function userIdOf(principal: Principal): number | undefined {
  if (principal.kind === 'user') return principal.id;
  return principal.kind === 'access-token' ? principal.userId : undefined;
}

/** Whether the principal is an administrator in person: not one of its access tokens, which may be bounded. */
export function isAdministrator(principal: Principal): boolean {
  return principal.kind === 'system' || (principal.kind === 'user' && principal.isAdministrator);
}
