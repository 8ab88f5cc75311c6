const MAX_ISSUER_LENGTH = 512;

/** Whose a token says that it is, and for whom: what it says of itself, before anybody has verified it. */
export interface TokenAddress {
  /** Undefined unless it is a text that a rule can name. */
  readonly issuer: string | undefined;
  /** Undefined unless it is exactly one. */
  readonly audience: string | undefined;
}

/** Only to find the rules that a token may be meant for. */
export function readTokenAddress({ iss, aud }: Readonly<Record<string, unknown>>): TokenAddress {
  const [only, ...others] = Array.isArray(aud) ? aud : [aud];
  const isIssuer = typeof iss === 'string' && iss.length <= MAX_ISSUER_LENGTH && !iss.includes('\0');
  return {
    issuer: isIssuer ? iss : undefined,
    audience: typeof only === 'string' && others.length === 0 ? only : undefined,
  };
}
