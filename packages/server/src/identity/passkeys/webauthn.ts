import type { PasskeyRow } from '../../db/instance/passkey-rows.ts';
import type { AssertionResponse, AttestationResponse } from './passkey-response.ts';
import type { PasskeySite } from './passkey-site.ts';

/** COSE (RFC 9053): ES256, EdDSA, RS256, each with the only kind of key that goes with it. */
const KEY_TYPES: ReadonlyMap<number, { readonly type: number; readonly curve?: number }> = new Map([
  [-7, { type: 2, curve: 1 }],
  [-8, { type: 1, curve: 6 }],
  [-257, { type: 3 }],
]);
export const ALGORITHMS: readonly number[] = [...KEY_TYPES.keys()];

const MAX_PUBLIC_KEY_BYTES = 1_200;
const RSA = 3;
const MIN_MODULUS_BYTES = 256;
/** 65537 has three. */
const MAX_EXPONENT_BYTES = 4;
const KEY_TYPE = 1;
const ALGORITHM = 3;
const CURVE = -1;
const MODULUS = -1;
const EXPONENT = -2;

/** A new key that an authenticator has made. */
export interface NewCredential {
  readonly credentialId: string;
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly isBackupEligible: boolean;
  readonly isBackedUp: boolean;
}

/** What a signature has proven. */
export interface Assertion {
  readonly counter: number;
  readonly isBackedUp: boolean;
}

/**
 * Checks what a browser sends when an authenticator has made a key (WebAuthn § 7.1): type, challenge, origin, host, that somebody was
 * there, and was recognised. Who made the authenticator is not asked, so that no certificate of a stranger is ever looked at.
 * @returns undefined when any of it is wrong
 */
export async function verifyAttestation(
  response: AttestationResponse,
  challenge: string,
  { rpId, origin }: PasskeySite,
): Promise<NewCredential | undefined> {
  const library = await import('@simplewebauthn/server');
  try {
    const { registrationInfo } = await library.verifyRegistrationResponse({
      response: {
        ...response,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: response.response.clientDataJSON,
          attestationObject: await withoutStatement(response.response.attestationObject),
        },
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...ALGORITHMS],
    });
    if (registrationInfo === undefined) return undefined;
    const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo;
    if (credential.id !== response.id || !(await isGoodKey(credential.publicKey))) return undefined;
    return {
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey),
      counter: credential.counter,
      isBackupEligible: credentialDeviceType === 'multiDevice',
      isBackedUp: credentialBackedUp,
    };
  } catch {
    return undefined;
  }
}

/**
 * Checks a signature of a passkey (WebAuthn § 7.2), all but its counter, which the caller compares where it keeps it.
 * @returns undefined when any of it is wrong
 */
export async function verifyAssertion(
  response: AssertionResponse,
  challenge: string,
  passkey: Pick<PasskeyRow, 'credential_id' | 'public_key' | 'is_backup_eligible'>,
  { rpId, origin }: PasskeySite,
): Promise<Assertion | undefined> {
  const library = await import('@simplewebauthn/server');
  try {
    const { clientDataJSON, authenticatorData, signature } = response.response;
    const { verified, authenticationInfo } = await library.verifyAuthenticationResponse({
      response: {
        ...response,
        type: 'public-key',
        clientExtensionResults: {},
        response: { clientDataJSON, authenticatorData, signature },
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      // With the one that is kept, a key with an old counter would be told before its signature is looked at.
      credential: { id: passkey.credential_id, publicKey: Uint8Array.from(passkey.public_key), counter: 0 },
    });
    const { credentialDeviceType, credentialBackedUp, newCounter } = authenticationInfo;
    const isEligible = credentialDeviceType === 'multiDevice';
    // § 7.2 step 19: whether a key may be copied never changes.
    if (!verified || isEligible !== (passkey.is_backup_eligible !== 0)) return undefined;
    return { counter: newCounter, isBackedUp: credentialBackedUp };
  } catch {
    return undefined;
  }
}

/**
 * The same with no statement of who made the authenticator, which nobody asked for: the library would follow addresses in its
 * certificates.
 */
async function withoutStatement(attestationObject: string): Promise<string> {
  const { decodeAttestationObject, isoCBOR } = await import('@simplewebauthn/server/helpers');
  const decoded = decodeAttestationObject(Uint8Array.from(Buffer.from(attestationObject, 'base64url')));
  const authData = decoded.get('authData');
  if (!(authData instanceof Uint8Array)) throw new Error('there is no data of an authenticator in it');
  const plain = new Map<string, string | Uint8Array | Map<string, string>>([
    ['fmt', 'none'],
    ['attStmt', new Map<string, string>()],
    ['authData', authData],
  ]);
  return Buffer.from(isoCBOR.encode(plain)).toString('base64url');
}

/** Whether a key is of the kind that its algorithm says, and costs no more than keys do. */
async function isGoodKey(publicKey: Uint8Array): Promise<boolean> {
  if (publicKey.length > MAX_PUBLIC_KEY_BYTES) return false;
  const { isoCBOR } = await import('@simplewebauthn/server/helpers');
  const key = isoCBOR.decodeFirst<ReadonlyMap<number, unknown>>(Uint8Array.from(publicKey));
  const wanted = KEY_TYPES.get(Number(key.get(ALGORITHM)));
  if (wanted === undefined || key.get(KEY_TYPE) !== wanted.type) return false;
  if (wanted.type !== RSA) return key.get(CURVE) === wanted.curve;
  const [modulus, exponent] = [key.get(MODULUS), key.get(EXPONENT)];
  if (!(modulus instanceof Uint8Array) || !(exponent instanceof Uint8Array)) return false;
  return modulus.length >= MIN_MODULUS_BYTES && exponent.length <= MAX_EXPONENT_BYTES;
}
