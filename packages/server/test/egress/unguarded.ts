import { lookup } from 'node:dns/promises';
import { fetch } from 'undici';
import type { Guard } from './features.ts';

/** The defect that the tests must see: it looks at nothing. */
export const UNGUARDED: Guard = {
  fetch: (url, { method, headers, body, signal } = {}) =>
    fetch(url, {
      method: method ?? 'GET',
      ...(headers && { headers }),
      ...(body !== undefined && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      ...(signal && { signal }),
    }),
  async lookup(host) {
    const { address, family } = await lookup(host.replace(/^\[(.*)\]$/, '$1'));
    return { address, family: family === 6 ? 6 : 4 };
  },
};

/** Another: it looks at a name, and then lets it be resolved once more for the connection. */
export function lookThenResolve(guard: Guard): Guard {
  return {
    async fetch(url, options) {
      const { hostname } = new URL(url);
      await guard.lookup(hostname);
      return UNGUARDED.fetch(url, options);
    },
    async lookup(host) {
      await guard.lookup(host);
      return UNGUARDED.lookup(host);
    },
  };
}
