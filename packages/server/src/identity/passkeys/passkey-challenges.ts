import { createHash } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';

const LIFETIME_MS = 5 * 60_000;
const FORM = /^[A-Za-z0-9_-]{40,200}$/;

/** What a challenge is for: shown for anything else it does not open. */
export type ChallengePurpose =
  | { readonly kind: 'sign-in' }
  /** The second step after a password. */
  | { readonly kind: 'second-step'; readonly userId: number; readonly signInToken: string }
  | { readonly kind: 'registration'; readonly userId: number; readonly tokenEpoch: number; readonly sessionId: string };

/** A challenge that is ours, of the purpose, and not over. */
export interface OpenedChallenge {
  /** SHA-256: by this it is remembered once it is spent. */
  readonly hash: Buffer;
  /** Milliseconds UTC. */
  readonly expiresAt: number;
}

/**
 * Challenges for passkeys are sealed values and no rows: anybody may ask for one, as often as the request limits let them. What they are
 * for is authenticated with them, and when they end is inside. Only those that a passkey has signed are remembered, until they end.
 */
export class PasskeyChallenges {
  readonly #secrets: Secrets;
  readonly #clock: Clock;

  constructor(secrets: Secrets, clock: Clock) {
    this.#secrets = secrets;
    this.#clock = clock;
  }

  /** @returns bytes for the authenticator to sign; the seal has 96 random bits and a tag that nobody else can make */
  seal(purpose: ChallengePurpose, rpId: string): Promise<Buffer> {
    const expiry = Buffer.alloc(8);
    expiry.writeBigUInt64BE(BigInt(this.#clock.now() + LIFETIME_MS));
    return this.#secrets.seal(placeOf(purpose, rpId), expiry);
  }

  /** @param text in base64url, as the browser repeats it */
  async open(text: unknown, purpose: ChallengePurpose, rpId: string): Promise<OpenedChallenge | undefined> {
    if (typeof text !== 'string' || !FORM.test(text)) return undefined;
    const sealed = Buffer.from(text, 'base64url');
    const plain = await this.#secrets.open(placeOf(purpose, rpId), sealed).catch(() => undefined);
    if (plain === undefined) return undefined;
    const expiresAt = Number(plain.readBigUInt64BE());
    if (expiresAt <= this.#clock.now()) return undefined;
    return { hash: createHash('sha256').update(sealed).digest(), expiresAt };
  }
}

function placeOf(purpose: ChallengePurpose, rpId: string): string {
  const { kind } = purpose;
  switch (kind) {
    case 'sign-in':
      return `passkey challenge|${kind}|${rpId}`;
    case 'second-step':
      return `passkey challenge|${kind}|${rpId}|${purpose.userId}|${hashOf(purpose.signInToken)}`;
    case 'registration':
      return `passkey challenge|${kind}|${rpId}|${purpose.userId}|${purpose.tokenEpoch}|${purpose.sessionId}`;
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
