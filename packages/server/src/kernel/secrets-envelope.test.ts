import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecretsEnvelope } from './secrets-envelope.ts';

describe('the envelope of secrets', () => {
  const masterKey = randomBytes(32);
  const envelope = createSecretsEnvelope(masterKey, 'one');
  const plain = Buffer.from('a secret of some length');
  const PLACE = 'signing_keys|7|private_jwk';

  it('opens what it sealed, and shows nothing of it', () => {
    const sealed = envelope.seal(PLACE, plain);
    expect(envelope.open(PLACE, sealed).equals(plain)).toBe(true);
    expect(sealed.includes(plain.subarray(0, 8))).toBe(false);
    expect(envelope.open(PLACE, envelope.seal(PLACE, Buffer.alloc(0)))).toHaveLength(0);
  });

  it('seals the same secret differently each time', () => {
    expect(envelope.seal(PLACE, plain).equals(envelope.seal(PLACE, plain))).toBe(false);
  });

  it('does not open at another place, for another instance, or under another key', () => {
    const sealed = envelope.seal(PLACE, plain);
    expect(() => envelope.open('signing_keys|8|private_jwk', sealed)).toThrow('does not open');
    expect(() => createSecretsEnvelope(masterKey, 'two').open(PLACE, sealed)).toThrow('does not open');
    expect(() => createSecretsEnvelope(randomBytes(32), 'one').open(PLACE, sealed)).toThrow('does not open');
    expect(createSecretsEnvelope(masterKey, 'one').open(PLACE, sealed).equals(plain)).toBe(true);
  });

  it('does not open when any byte was changed or cut off, and says nothing of the content', () => {
    const sealed = envelope.seal(PLACE, plain);
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => envelope.open(PLACE, changed)).toThrow(PLACE);
    }
    for (const length of [0, 1, 20, sealed.length - 1]) {
      expect(() => envelope.open(PLACE, sealed.subarray(0, length))).toThrow(PLACE);
    }
  });

  it('takes a master key of 32 bytes only', () => {
    expect(() => createSecretsEnvelope(randomBytes(31), 'one')).toThrow('32 bytes');
  });
});
