import type { EgressGuard } from '../../../kernel/egress-guard.ts';
import type { ShownEntry } from '../audit-rows.ts';
import { ForwardingError } from './forwarding-error.ts';

export interface SendHttpsOptions {
  readonly guard: Pick<EgressGuard, 'fetch'>;
  readonly signal: AbortSignal;
  readonly instanceId: string;
  readonly bearerToken: string | undefined;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Posts a batch. It is taken when the answer is of the 200s; a redirect is not followed, since the secret is for this address.
 * @throws EgressError when the receiver cannot be reached; ForwardingError for any other answer
 */
export async function sendHttps(
  url: string,
  entries: readonly ShownEntry[],
  { guard, signal, instanceId, bearerToken }: SendHttpsOptions,
): Promise<void> {
  const response = await guard.fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'roadstead',
      // The same when it is sent again.
      'idempotency-key': `${instanceId}-${entries[0]?.id}-${entries.at(-1)?.id}`,
      ...(bearerToken === undefined ? {} : { authorization: `Bearer ${bearerToken}` }),
    },
    body: JSON.stringify({ instance: instanceId, entries }),
    signal,
    timeoutMs: TIMEOUT_MS,
    maxResponseBytes: MAX_ANSWER_BYTES,
    maxRedirects: 0,
  });
  await response.body?.cancel();
  if (!response.ok) throw new ForwardingError(`the receiver answered with status ${response.status}`);
}
