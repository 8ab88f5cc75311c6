import type { EgressGuard } from '../../kernel/egress-guard.ts';
import { type AdapterMetadata, readAdapterMetadata } from './adapter-metadata.ts';
import type { ScannerAuth, ScannerSettings } from './scanner.ts';

/** An adapter, and how it is signed in to. */
export interface AdapterTarget extends Pick<ScannerSettings, 'url' | 'auth' | 'isInsecure'> {
  /** As `assertCredential` lets it through. */
  readonly credential: string | undefined;
}

/** @param reason what is wrong, for who has set the scanner up */
export type AdapterAnswer =
  | { readonly isHealthy: true; readonly metadata: AdapterMetadata }
  | { readonly isHealthy: false; readonly reason: string };

const MEDIA_TYPE = 'application/vnd.scanner.adapter.metadata+json';
const ACCEPT = `${MEDIA_TYPE}; version=1.1, ${MEDIA_TYPE}; version=1.0, application/json; q=0.5`;
const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_REDIRECTS = 3;

/** Asks an adapter what it is and can do (Scanner Adapter API 1.x). Never throws for what the adapter does. */
export async function askAdapter(
  guard: Pick<EgressGuard, 'fetch'>,
  target: AdapterTarget,
  signal?: AbortSignal,
): Promise<AdapterAnswer> {
  let text: string;
  try {
    const response = await guard.fetch(`${target.url.replace(/\/$/, '')}/api/v1/metadata`, {
      headers: { 'user-agent': 'roadstead', accept: ACCEPT, ...credentialHeader(target.auth, target.credential) },
      ...(signal !== undefined && { signal }),
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_ANSWER_BYTES,
      maxRedirects: MAX_REDIRECTS,
      tls: { isInsecure: target.isInsecure },
    });
    const { status } = response;
    if (status !== 200) {
      await response.body?.cancel();
      if (status === 401 || status === 403) return unhealthy('it does not take the credential');
      return unhealthy(`it is no scanner adapter: /api/v1/metadata answers with status ${status}`);
    }
    text = await response.text();
  } catch (error) {
    // Why a connection failed is not for who set the address: it would make a port scanner.
    return unhealthy(error instanceof Error && error.name === 'EgressError' ? error.message : BROKEN);
  }
  const verdict = readAdapterMetadata(text);
  if (!verdict.isValid) return unhealthy(`it is no scanner adapter: ${verdict.reason}`);
  return { isHealthy: true, metadata: verdict.metadata };
}

const BROKEN = 'its answer broke off, took too long, or was longer than it may be';

function unhealthy(reason: string): AdapterAnswer {
  return { isHealthy: false, reason };
}

function credentialHeader(auth: ScannerAuth, credential = ''): Readonly<Record<string, string>> {
  if (auth === '') return {};
  if (auth === 'Basic') return { authorization: `Basic ${Buffer.from(credential).toString('base64')}` };
  return auth === 'Bearer' ? { authorization: `Bearer ${credential}` } : { [auth.toLowerCase()]: credential };
}
