import { createSecretsEnvelope, type Secrets } from '../../src/kernel/secrets-envelope.ts';

/** Secrets of an instance under one key that never changes. */
export function createTestSecrets(masterKey: Uint8Array, instanceId: string): Secrets {
  const envelope = createSecretsEnvelope(masterKey, instanceId);
  return {
    envelope: async () => envelope,
    seal: async (place, plain) => envelope.seal(place, plain),
    open: async (place, sealed) => envelope.open(place, sealed),
  };
}
