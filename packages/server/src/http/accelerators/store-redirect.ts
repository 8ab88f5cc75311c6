import type { BlobAccelerator } from './blob-accelerator.ts';

/**
 * Sends clients to the object store (307), which knows ranges and conditions itself. What is said of the blob here does
 * not reach a client that follows; only the digest is told, for those that look.
 */
export function createStoreRedirect(): BlobAccelerator {
  return {
    takes: ({ method }) => method === 'GET',
    send: async (exchange, { headers }, location) => {
      if (location.kind !== 'url') return false;
      const { 'Docker-Content-Digest': digest } = headers;
      // The address is good for a while only, and for whoever has it.
      exchange.send(307, { Location: location.url, 'Cache-Control': 'no-store', 'Docker-Content-Digest': digest });
      return true;
    },
  };
}
