import assert from 'node:assert/strict';

/** An image id, printed last, is the digest of the configuration, which names the content of every layer. */
export function assertImageId(printed: string, config: { readonly digest: string }): void {
  assert.equal(printed.trim().split('\n').at(-1), config.digest.slice('sha256:'.length));
}
