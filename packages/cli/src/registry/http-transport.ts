import { createNetworkError, isTransientNetworkError } from './network-error.ts';
import { createBackoff, findRetryAfterMs, MAX_RETRY_AFTER_MS } from './retry-delay.ts';

export type HttpBody = string | Uint8Array | AsyncIterable<Uint8Array>;

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called again for each attempt, so that a body can be sent more than once. */
  readonly body?: () => HttpBody;
  /** Bytes of a streamed body. */
  readonly contentLength?: number;
  /** How often at most this request is sent; 1 for what the caller resumes itself. */
  readonly maxAttempts?: number;
  readonly redirect?: 'follow' | 'error';
  readonly signal?: AbortSignal;
}

export interface HttpTransport {
  /**
   * Sends the request and resolves with whatever answer arrives. 429 and 5xx answers and broken connections are
   * retried with growing, jittered pauses. Rejects with a network error (exit code 5) when no answer can be had.
   */
  send(request: HttpRequest): Promise<Response>;
  /** The pause before attempt `attempt + 1`, or what the answer's `Retry-After` asks for; for callers that repeat more than one request. */
  pause(attempt: number, answer?: Response): Promise<void>;
}

export interface TransportOptions {
  readonly fetch: typeof fetch;
  readonly userAgent: string;
  readonly sleepMs: (ms: number) => Promise<void>;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Default 5. */
  readonly maxAttempts?: number;
  /** Ends every request after this time; default: no limit. */
  readonly timeoutMs?: number;
}

const DEFAULT_MAX_ATTEMPTS = 5;

export function createHttpTransport(options: TransportOptions): HttpTransport {
  const nextDelayMs = createBackoff(options.random);
  const answered = new Set<string>();

  async function send(request: HttpRequest): Promise<Response> {
    const maxAttempts = request.maxAttempts ?? options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS;
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= maxAttempts;
      try {
        const response = await sendOnce(options, request);
        answered.add(request.url.host);
        const delayMs = findRetryDelayMs(response, attempt);
        if (last || delayMs === undefined) return response;
        await response.body?.cancel();
        await options.sleepMs(delayMs);
      } catch (error) {
        if (request.signal?.aborted) throw error;
        const transient = isTransientNetworkError(error, { hasAnswered: answered.has(request.url.host) });
        if (last || !transient) throw createNetworkError(request.url, error);
        await options.sleepMs(nextDelayMs(attempt));
      }
    }
  }

  function findRetryDelayMs(response: Response, attempt: number): number | undefined {
    if (response.status !== 429 && !(response.status >= 500 && response.status !== 501)) return undefined;
    const askedMs = findRetryAfterMs(response.headers.get('retry-after'), options.nowMs());
    if (askedMs === undefined) return nextDelayMs(attempt);
    return askedMs > MAX_RETRY_AFTER_MS ? undefined : askedMs;
  }

  async function pause(attempt: number, answer?: Response): Promise<void> {
    const askedMs = findRetryAfterMs(answer?.headers.get('retry-after') ?? null, options.nowMs());
    await options.sleepMs(Math.min(MAX_RETRY_AFTER_MS, askedMs ?? nextDelayMs(attempt)));
  }

  return { send, pause };
}

function sendOnce(options: TransportOptions, request: HttpRequest): Promise<Response> {
  const headers: Record<string, string> = {
    'user-agent': options.userAgent,
    // Content is compared with its digest, so nothing may recode it on the way.
    'accept-encoding': 'identity',
    ...request.headers,
  };
  if (request.contentLength !== undefined) headers['content-length'] = String(request.contentLength);
  const signals = [request.signal, options.timeoutMs ? AbortSignal.timeout(options.timeoutMs) : undefined];
  const init: RequestInit & { duplex: 'half' } = {
    method: request.method,
    headers,
    redirect: request.redirect ?? 'follow',
    duplex: 'half',
    signal: AbortSignal.any(signals.filter((signal) => signal !== undefined)),
  };
  if (request.body) init.body = request.body();
  return options.fetch(request.url, init);
}
