import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  createKeyRing,
  createSecretsEnvelope,
  DERIVED_KEY_ID,
  deriveInstanceKey,
  sealedKeyId,
  UnknownSecretKeyError,
} from './secrets-envelope.ts';
import { isWrappedBy, masterKeyIdOf, unwrapKey, wrapKey } from './wrapped-key.ts';

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

describe('an envelope with keys', () => {
  const masterKeys = [randomBytes(32)];
  const [first, second] = ['a1'.repeat(8), 'b2'.repeat(8)];
  const keys = new Map([
    [first, randomBytes(32)],
    [second, randomBytes(32)],
  ]);
  const plain = Buffer.from('a secret of some length');
  const PLACE = 'signing_keys|7|private_jwk';
  const ringOf = (currentId?: string, instanceId = 'one', known: ReadonlyMap<string, Uint8Array> = keys) =>
    createKeyRing({ instanceId, masterKeys, keys: known, currentId });

  it('seals by the current one, and opens what each has sealed, and what was sealed before there were any', () => {
    const before = createSecretsEnvelope(masterKeys[0] ?? plain, 'one').seal(PLACE, plain);
    const old = ringOf(first).seal(PLACE, plain);
    const sealed = ringOf(second).seal(PLACE, plain);
    expect([before, old, sealed].map(sealedKeyId)).toEqual([undefined, first, second]);
    for (const each of [before, old, sealed]) expect(ringOf(second).open(PLACE, each).equals(plain)).toBe(true);
  });

  it('opens nothing of another row, column or instance, nor where the key’s name was changed', () => {
    const sealed = ringOf(first).seal(PLACE, plain);
    for (const place of ['signing_keys|8|private_jwk', 'signing_keys|7|public_jwk', 'users|7|private_jwk']) {
      expect(() => ringOf(first).open(place, sealed)).toThrow('changed, moved or sealed under another key');
    }
    expect(() => ringOf(first, 'two').open(PLACE, sealed)).toThrow('does not open');
    const renamed = Buffer.concat([sealed.subarray(0, 1), Buffer.from(second, 'hex'), sealed.subarray(9)]);
    expect(() => ringOf(first).open(PLACE, renamed)).toThrow('does not open');
  });

  it('opens nothing of which a bit was turned over or a byte is missing', () => {
    const sealed = ringOf(first).seal(PLACE, plain);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => ringOf(first).open(PLACE, changed)).toThrow(PLACE);
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => ringOf(first).open(PLACE, sealed.subarray(0, length))).toThrow(PLACE);
    }
  });

  it('says which key is missing', () => {
    const sealed = ringOf(first).seal(PLACE, plain);
    const without = ringOf(second, 'one', new Map([[second, randomBytes(32)]]));
    expect(() => without.open(PLACE, sealed)).toThrow(UnknownSecretKeyError);
    expect(() => without.open(PLACE, sealed)).toThrow(first);
    expect(() => ringOf(first, 'one', new Map()).seal(PLACE, plain)).toThrow(UnknownSecretKeyError);
  });

  it('goes on opening the first form when the master key has gone from which its key came', () => {
    const [master = plain] = masterKeys;
    const before = createSecretsEnvelope(master, 'one').seal(PLACE, plain);
    const later = createKeyRing({
      instanceId: 'one',
      masterKeys: [randomBytes(32)],
      keys: new Map([[DERIVED_KEY_ID, deriveInstanceKey(master, 'one')]]),
    });
    expect(later.open(PLACE, before).equals(plain)).toBe(true);
    expect(createSecretsEnvelope(master, 'one').open(PLACE, later.seal(PLACE, plain)).equals(plain)).toBe(true);
  });
});

describe('a wrapped key', () => {
  const [one, two] = [randomBytes(32), randomBytes(32)];
  const key = randomBytes(32);
  const place = { instanceId: 'main', keyId: 'a1'.repeat(8) };

  it('opens with its master key, for its instance, under its name', () => {
    const wrapped = wrapKey(one, place, key);
    expect(unwrapKey([two, one], place, wrapped)?.equals(key)).toBe(true);
    expect(isWrappedBy(one, wrapped)).toBe(true);
    expect(isWrappedBy(two, wrapped)).toBe(false);
    expect(unwrapKey([two], place, wrapped)).toBeUndefined();
    expect(unwrapKey([one], { ...place, instanceId: 'other' }, wrapped)).toBeUndefined();
    expect(unwrapKey([one], { ...place, keyId: 'b2'.repeat(8) }, wrapped)).toBeUndefined();
    expect(masterKeyIdOf(one)).toMatch(/^[0-9a-f]{16}$/);
    expect(Buffer.from(wrapped, 'base64').includes(key)).toBe(false);
  });

  it('does not open when any byte was changed', () => {
    const bytes = Buffer.from(wrapKey(one, place, key), 'base64');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(unwrapKey([one, two], place, changed.toString('base64'))).toBeUndefined();
    }
  });
});
