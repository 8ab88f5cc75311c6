import type { CustomFetch } from 'openid-client';
import type { EgressGuard } from '../../kernel/egress-guard.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** How the library asks a provider: through the guard, as everything whose address a user can set. Redirects are not followed. */
export function createGuardedFetch(guard: Pick<EgressGuard, 'fetch'>): CustomFetch {
  return async (url, { method, headers, body, signal }) => {
    const answer = await guard.fetch(url, {
      method: method ?? 'GET',
      headers: { ...Object.fromEntries(new Headers(headers)), 'user-agent': 'roadstead' },
      ...(body !== undefined && body !== null && { body: body instanceof Uint8Array ? body : String(body) }),
      ...(signal !== undefined && signal !== null && { signal }),
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_ANSWER_BYTES,
      maxRedirects: 0,
    });
    return answer as unknown as Response;
  };
}
