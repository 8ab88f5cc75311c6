import { createKeyRing, type SecretsEnvelope } from '../kernel/secrets-envelope.ts';
import { unwrapKey } from '../kernel/wrapped-key.ts';
import { secretKeyIdOf } from './secret-key-rows.ts';

/** An envelope that opens with the keys that have gone by so far: those of a lost database come first in its records. */
export interface LearningEnvelope extends SecretsEnvelope {
  /**
   * Takes a setting; one that is no key is no concern of it.
   * @returns false for a key that no master key opens
   */
  learn(settingName: string, value: string): boolean;
}

export function createLearningEnvelope(masterKeys: readonly Uint8Array[], instanceId: string): LearningEnvelope {
  const keys = new Map<string, Uint8Array>();
  const create = () => createKeyRing({ instanceId, masterKeys, keys });
  let ring = create();
  return {
    learn(settingName, value) {
      const keyId = secretKeyIdOf(settingName);
      if (keyId === undefined) return true;
      const key = unwrapKey(masterKeys, { instanceId, keyId }, value);
      if (key === undefined) return false;
      keys.set(keyId, key);
      ring = create();
      return true;
    },
    seal: (place, plain) => ring.seal(place, plain),
    open: (place, sealed) => ring.open(place, sealed),
  };
}
