/** A program that waits to be let in, as the page shows it to who decides. */
export interface WaitingLogin {
  readonly userCode: string;
  /** What the program calls its machine: its own word, and no more. */
  readonly clientName: string;
  readonly address: string;
  readonly userAgent: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** What a program gets that has asked to be let in (RFC 8628 § 3.2). */
export interface BegunLogin {
  /** Shown this once; only its hash is kept. */
  readonly deviceCode: string;
  readonly userCode: string;
  readonly expiresInSeconds: number;
  readonly intervalSeconds: number;
}

/** What a question of a waiting program comes to (RFC 8628 § 3.5). */
export type Poll =
  | { readonly kind: 'pending' | 'slow-down' | 'denied' | 'expired' | 'unknown' | 'too-many-tokens' }
  | {
      readonly kind: 'granted';
      /** An access token of the user, shown this once. */
      readonly token: string;
      readonly username: string;
      readonly expiresInSeconds: number;
    };
