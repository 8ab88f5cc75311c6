/** RFC 6238 § 4.1: what authenticator apps take for granted. */
const STEP_SECONDS = 30;
/** A clock that is a step off, and a code that was typed slowly (RFC 6238 § 5.2). */
const TOLERANCE_SECONDS = STEP_SECONDS;
const ISSUER = 'Roadstead';
const CODE = /^\d{6}$/;

/** @returns 160 random bits in base 32, as RFC 4226 § 4 recommends */
export async function generateTotpSecret(): Promise<string> {
  const { generateSecret } = await import('otplib');
  return generateSecret();
}

/** What a QR code for an authenticator app says: SHA-1, 6 digits, 30 seconds. */
export async function totpUrlOf(secret: string, username: string): Promise<string> {
  const { generateURI } = await import('otplib');
  return generateURI({ issuer: ISSUER, label: username, secret, algorithm: 'sha1', digits: 6, period: STEP_SECONDS });
}

export function isTotpCode(text: string): boolean {
  return CODE.test(text);
}

export interface TotpAttempt {
  /** In base 32. */
  readonly secret: string;
  readonly code: string;
  /** Milliseconds UTC. */
  readonly now: number;
  /** The step of the last code that was taken: no code of it or before it is right (RFC 6238 § 5.2). */
  readonly lastStep: number;
}

/** @returns the time step that the code is of, or undefined when it is of none that counts now */
export async function findTotpStep({ secret, code, now, lastStep }: TotpAttempt): Promise<number | undefined> {
  if (!isTotpCode(code)) return undefined;
  const { verify } = await import('otplib');
  const result = await verify({
    secret,
    token: code,
    epoch: Math.floor(now / 1_000),
    epochTolerance: TOLERANCE_SECONDS,
    algorithm: 'sha1',
    digits: 6,
    period: STEP_SECONDS,
  });
  if (!result.valid) return undefined;
  const step = Math.floor(now / 1_000 / STEP_SECONDS) + result.delta;
  return step > lastStep ? step : undefined;
}
