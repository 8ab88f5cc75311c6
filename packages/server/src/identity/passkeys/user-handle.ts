import { createHash } from 'node:crypto';

/**
 * What an authenticator keeps of whose a passkey is (WebAuthn § 14.6.1): it says nothing of the account to who reads it there, and is
 * the same for all passkeys of the account.
 */
export function userHandleOf(instanceId: string, userId: number): Buffer {
  return createHash('sha256').update(`roadstead passkeys of ${instanceId} user ${userId}`).digest();
}
