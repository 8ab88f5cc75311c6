import type { EgressGuard, EgressRequest } from '../../kernel/egress-guard.ts';
import { parseRegistryChallenge } from './bearer-challenge.ts';
import { findRegistryKind } from './registry-kinds.ts';
import type { RegistrySettings } from './remote-registry.ts';

/** A registry, and how somebody signs in there. */
export interface RegistryTarget extends Pick<RegistrySettings, 'kind' | 'url' | 'isInsecure' | 'caCertificate'> {
  /** Undefined: nobody does. */
  readonly credentials: { readonly accessKey: string; readonly accessSecret: string } | undefined;
}

/** @param reason what is wrong, for who has set the registry up */
export type PingResult = { readonly isHealthy: true } | { readonly isHealthy: false; readonly reason: string };

const TIMEOUT_MS = 5_000;
/** For all requests of a ping together. */
const DEADLINE_MS = 12_000;
const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_REDIRECTS = 3;

/**
 * Asks whether a registry speaks OCI distribution and lets these credentials in: `GET /v2/`, with the token that its challenge asks
 * for (OCI distribution-spec § end-1; Docker's token authentication), or Basic. A Harbor has to answer at its own API, too.
 * Never throws for what the registry does.
 */
export async function pingRegistry(
  guard: Pick<EgressGuard, 'fetch'>,
  target: RegistryTarget,
  signal?: AbortSignal,
): Promise<PingResult> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const ping = new RegistryPing(guard, target, signal === undefined ? deadline : AbortSignal.any([signal, deadline]));
  try {
    if (target.kind === 'harbor') await ping.expectHarbor();
    await ping.expectRegistry();
    return { isHealthy: true };
  } catch (error) {
    if (error instanceof PingFault) return { isHealthy: false, reason: error.message };
    // Why a connection failed is not for who set the address: it would make a port scanner.
    return {
      isHealthy: false,
      reason: error instanceof Error && error.name === 'EgressError' ? error.message : BROKEN,
    };
  }
}

const BROKEN = 'its answer broke off, or was longer than it may be';

class PingFault extends Error {}

class RegistryPing {
  readonly #guard: Pick<EgressGuard, 'fetch'>;
  readonly #target: RegistryTarget;
  readonly #signal: AbortSignal;
  readonly #base: string;

  constructor(guard: Pick<EgressGuard, 'fetch'>, target: RegistryTarget, signal: AbortSignal) {
    this.#guard = guard;
    this.#target = target;
    this.#signal = signal;
    this.#base = findRegistryKind(target.kind)?.registryUrl ?? target.url;
  }

  async expectHarbor(): Promise<void> {
    const { status } = await this.#get(`${this.#target.url}/api/v2.0/ping`);
    if (status !== 200) throw new PingFault(`it is no Harbor: its API answers with status ${status}`);
  }

  async expectRegistry(): Promise<void> {
    const url = `${this.#base}/v2/`;
    const first = await this.#get(url);
    if (first.status === 200) return;
    if (first.status !== 401) throw new PingFault(`it is no registry: /v2/ answers with status ${first.status}`);
    const challenge = parseRegistryChallenge(first.challenge);
    if (challenge === undefined) throw new PingFault('it asks to sign in, and does not say how');
    const authorization =
      challenge.scheme === 'basic' ? this.#basic() : await this.#fetchToken(challenge.realm, challenge.service);
    if (authorization === undefined) throw new PingFault('it asks for credentials: give access_key and access_secret');
    const { status } = await this.#get(url, authorization);
    if (status === 401 || status === 403) throw new PingFault('it does not take the credentials');
    if (status !== 200) throw new PingFault(`/v2/ answers with status ${status}`);
  }

  async #fetchToken(realm: string, service: string | undefined): Promise<string> {
    const url = URL.parse(realm, this.#base);
    if (url === null) throw new PingFault('its token service has no valid address');
    const isDowngrade = url.protocol !== 'https:' && this.#base.startsWith('https:');
    if (isDowngrade)
      throw new PingFault('its token service is not https, as it is itself: credentials would go in the clear');
    if (service !== undefined) url.searchParams.set('service', service);
    const { credentials } = this.#target;
    if (credentials !== undefined) url.searchParams.set('account', credentials.accessKey);
    const { status, body } = await this.#get(url.href, this.#basic(), true);
    if (status === 401 || status === 403) throw new PingFault('it does not take the credentials');
    const token = status === 200 ? readToken(body) : undefined;
    if (token === undefined) throw new PingFault(`its token service gives no token (status ${status})`);
    return `Bearer ${token}`;
  }

  #basic(): string | undefined {
    const { credentials } = this.#target;
    if (credentials === undefined) return undefined;
    const { accessKey, accessSecret } = credentials;
    return `Basic ${Buffer.from(`${accessKey}:${accessSecret}`).toString('base64')}`;
  }

  async #get(url: string, authorization?: string, readsBody = false): Promise<RegistryAnswer> {
    const { isInsecure, caCertificate } = this.#target;
    const request: EgressRequest = {
      headers: {
        'user-agent': 'roadstead',
        accept: 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      signal: this.#signal,
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_ANSWER_BYTES,
      maxRedirects: MAX_REDIRECTS,
      tls: { isInsecure, certificateAuthority: caCertificate || undefined },
    };
    const response = await this.#guard.fetch(url, request);
    const body = readsBody ? await response.text() : '';
    if (!readsBody) await response.body?.cancel();
    return { status: response.status, challenge: response.headers.get('www-authenticate'), body };
  }
}

interface RegistryAnswer {
  readonly status: number;
  readonly challenge: string | null;
  readonly body: string;
}

/** Docker's service says `token`, others `access_token`, some both. */
function readToken(body: string): string | undefined {
  try {
    const { token, access_token } = JSON.parse(body) as { readonly token?: unknown; readonly access_token?: unknown };
    const found = token ?? access_token;
    return typeof found === 'string' && /^[\x21-\x7e]{1,65536}$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}
