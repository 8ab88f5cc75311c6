import type { EgressGuard } from '../../../kernel/egress-guard.ts';
import { type DeliveredCheckpoint, DeliveryError } from './witness.ts';

/** The secret part of a webhook. */
export interface WebhookSecret {
  readonly url: string;
  readonly authorization?: string | undefined;
}

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Posts the checkpoint. @throws DeliveryError, EgressError */
export async function deliverToWebhook(
  guard: Pick<EgressGuard, 'fetch'>,
  { url, authorization }: WebhookSecret,
  { origin, size, note }: DeliveredCheckpoint,
  signal: AbortSignal,
): Promise<void> {
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'x-roadstead-audit-origin': origin,
    'x-roadstead-audit-size': String(size),
    ...(authorization === undefined ? {} : { authorization }),
  };
  const options = { method: 'POST', headers, body: note, signal, timeoutMs: TIMEOUT_MS };
  const response = await guard.fetch(url, { ...options, maxResponseBytes: MAX_ANSWER_BYTES, maxRedirects: 0 });
  await response.body?.cancel();
  if (!response.ok) throw new DeliveryError(`the webhook has answered ${response.status}`);
}
