/** What a mail tells somebody of the own account. Instants are milliseconds UTC. */
export type Notice =
  | { readonly kind: 'password-changed'; readonly at: number; readonly from: string }
  | { readonly kind: 'second-factor-added'; readonly at: number; readonly from: string }
  | { readonly kind: 'second-factor-removed'; readonly at: number; readonly from: string }
  | { readonly kind: 'recovery-code-used'; readonly at: number; readonly from: string; readonly left: number }
  | { readonly kind: 'address-changed'; readonly at: number; readonly from: string }
  | { readonly kind: 'password-reset'; readonly expiresAt: number; readonly from: string }
  | { readonly kind: 'invitation'; readonly expiresAt: number; readonly by: string }
  | { readonly kind: 'expires-soon'; readonly things: readonly ExpiringThing[] };

/** What works no more from an instant on. */
export interface ExpiringThing {
  readonly what: 'access-token' | 'robot' | 'certificate';
  readonly name: string;
  readonly expiresAt: number;
}

export type NoticeKind = Notice['kind'];

/** Those that a user may do without. */
export const OPTIONAL_NOTICES: ReadonlySet<NoticeKind> = new Set(['expires-soon']);
