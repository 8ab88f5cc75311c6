/**
 * Who makes a request. One value per request, made by the authentication hook and passed down; nobody below looks at
 * credentials again.
 */
export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly id: number; readonly name: string; readonly isAdministrator: boolean }
  | { readonly kind: 'robot'; readonly id: number; readonly name: string }
  | { readonly kind: 'access-token'; readonly id: number; readonly userId: number; readonly name: string }
  | { readonly kind: 'workload'; readonly issuer: string; readonly subject: string; readonly name: string }
  | { readonly kind: 'system'; readonly name: string };

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
