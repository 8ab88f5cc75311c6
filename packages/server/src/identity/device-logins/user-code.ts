import { createHash } from 'node:crypto';
import type { Ids } from '../../kernel/ids.ts';

/** RFC 8628 § 6.1: no vowels, so no words, and nothing that is taken for something else. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
const FORM = /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/;
/** The greatest multiple of 20 that a byte holds: what is above would make some letters likelier. */
const FAIR_BYTES = 240;

/** @returns eight letters of twenty, in two groups: one of 25.6 thousand million */
export function generateUserCode(ids: Pick<Ids, 'hex'>): string {
  let code = '';
  while (code.length < LENGTH) {
    const byte = Number.parseInt(ids.hex(1), 16);
    if (byte < FAIR_BYTES) code += LETTERS[byte % LETTERS.length];
  }
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;
}

/** @returns the code as it is shown, however it was typed; undefined for what is none */
export function readUserCode(text: string): string | undefined {
  const code = text.toUpperCase().replaceAll(/[\s-]/g, '');
  return FORM.test(code) ? `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}` : undefined;
}

/**
 * Whoever reads the database could find the code by trying: it lives for ten minutes, and lets nobody in by itself. The hash keeps it from
 * copies and logs.
 */
export function hashUserCode(code: string): Buffer {
  return createHash('sha256').update(`roadstead user code ${code}`).digest();
}
