import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/**
 * Secrets at rest: AES-256-GCM under a key that is derived for one instance from the master key. The place of the field
 * (table, row, column) is authenticated with it, so that a sealed value moved to another row does not open.
 */
export interface SecretsEnvelope {
  /** @param place `table|row|column` */
  seal(place: string, plain: Uint8Array): Buffer;
  /** @throws Error when the value was changed, moved, or sealed under another key. */
  open(place: string, sealed: Uint8Array): Buffer;
}

/**
 * @param masterKey 32 bytes
 * @param instanceId the instance whose own key is derived (RFC 5869)
 */
export function createSecretsEnvelope(masterKey: Uint8Array, instanceId: string): SecretsEnvelope {
  if (masterKey.length !== KEY_BYTES) throw new Error(`a master key has ${KEY_BYTES} bytes, not ${masterKey.length}`);
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', `roadstead instance ${instanceId}`, KEY_BYTES));
  return {
    seal: (place, plain) => seal(key, place, plain),
    open: (place, sealed) => open(key, place, sealed),
  };
}

function seal(key: Buffer, place: string, plain: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), body]);
}

function open(key: Buffer, place: string, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed);
  if (bytes[0] !== VERSION || bytes.length < 1 + NONCE_BYTES + TAG_BYTES) {
    throw new Error(`the sealed value at ${place} is not in a form that this version knows`);
  }
  const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
  const tag = bytes.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place)).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new Error(`the sealed value at ${place} does not open: it was changed, moved or sealed under another key`, {
      cause,
    });
  }
}
