/** What a browser sends that has asked an authenticator to sign (WebAuthn § 5.1.8, as JSON). Every text is bounded by the caller. */
export interface AssertionResponse {
  readonly id: string;
  readonly rawId: string;
  readonly type: string;
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string | null | undefined;
  };
}

/** What a browser sends that has asked an authenticator for a new key. */
export interface AttestationResponse {
  readonly id: string;
  readonly rawId: string;
  readonly type: string;
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports?: readonly string[] | undefined;
  };
}

/** WebAuthn § 4: an id of a credential has at most 1023 bytes. */
const MAX_CREDENTIAL_ID_LENGTH = 1_364;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** What the browser says that it had the authenticator sign; undefined when it is no such thing. */
export interface ClientData {
  readonly challenge: unknown;
  /** Whether the page stands in a frame of another site. */
  readonly isEmbedded: boolean;
}

export function readClientData(text: string): ClientData | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const { challenge, crossOrigin, topOrigin } = parsed as Readonly<Record<string, unknown>>;
    return { challenge, isEmbedded: (crossOrigin ?? false) !== false || (topOrigin ?? null) !== null };
  } catch {
    return undefined;
  }
}

/** Whether the id is one in the only spelling that counts: of two spellings of the same bytes one would be another key. */
export function isCredentialId(text: string): boolean {
  if (text.length > MAX_CREDENTIAL_ID_LENGTH || !BASE64URL.test(text)) return false;
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}
