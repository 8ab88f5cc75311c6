import { createHash } from 'node:crypto';
import type { Ids } from '../../kernel/ids.ts';

export const RECOVERY_CODE_COUNT = 10;
const CODE_BYTES = 10;
const FORM = /^[0-9a-f]{20}$/;

/** @returns 80 random bits each, in groups that people can copy by hand */
export function generateRecoveryCodes(ids: Pick<Ids, 'hex'>): readonly string[] {
  return Array.from({ length: RECOVERY_CODE_COUNT }, () => ids.hex(CODE_BYTES).replaceAll(/(.{5})(?=.)/g, '$1-'));
}

/**
 * 80 random bits need no slow hash: a try costs a request.
 * @returns SHA-256 in hexadecimal, or undefined for what is no recovery code, however it was typed
 */
export function hashRecoveryCode(text: string): string | undefined {
  const code = text.toLowerCase().replaceAll(/[\s-]/g, '');
  return FORM.test(code) ? createHash('sha256').update(code).digest('hex') : undefined;
}

export function hashesOfRecoveryCodes(codes: readonly string[]): readonly string[] {
  return codes.map((code) => hashRecoveryCode(code)).filter((hash) => hash !== undefined);
}
