import type { Credentials } from '../../src/registry/credentials.ts';
import { createHttpTransport } from '../../src/registry/http-transport.ts';
import { createRegistryConnection, type RegistryConnection } from '../../src/registry/registry-connection.ts';
import { createTestRuntime } from './create-test-runtime.ts';
import type { HttpFixture } from './serve-http.ts';

export interface TestConnectionOptions {
  readonly credentials?: Credentials;
  readonly trustedRealms?: readonly string[];
  readonly nowMs?: () => number;
}

export const ANN: Credentials = { kind: 'password', username: 'ann', password: 'secret' };

/** A connection to a fixture that does not wait between attempts. */
export function openTestConnection(fixture: HttpFixture, options: TestConnectionOptions = {}): RegistryConnection {
  const { runtime } = createTestRuntime();
  const nowMs = options.nowMs ?? runtime.nowMs;
  return createRegistryConnection({
    server: { host: fixture.host, origin: fixture.origin },
    credentials: options.credentials,
    trustedRealms: options.trustedRealms ?? [],
    transport: createHttpTransport({ ...runtime, nowMs, userAgent: 'test' }),
    nowMs,
  });
}
