import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const SECRET_KEY_BYTES = 32;

/**
 * AES-256-GCM: nonce, tag, ciphertext behind a head that says how to open them.
 * @param context what belongs to the bytes and is not in them: with another one they do not open
 */
export function sealBytes(key: Uint8Array, head: Uint8Array, context: string, plain: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([head, nonce, cipher.getAuthTag(), body]);
}

/**
 * @param headBytes how long the head is
 * @returns undefined when they were changed, moved, or sealed under another key
 */
export function openBytes(key: Uint8Array, headBytes: number, context: string, sealed: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(sealed).subarray(headBytes);
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context)).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}
