import type { EgressGuard } from '../../kernel/egress-guard.ts';
import { type ForeignKey, parseForeignKeys } from './foreign-keys.ts';
import { parseIssuerAddress } from './issuer-address.ts';
import { parseUniqueJson } from './parse-unique-json.ts';

const MAX_DOCUMENT_BYTES = 256 * 1024;
const TIMEOUT_MS = 5_000;

export interface IssuerAccess {
  readonly guard: Pick<EgressGuard, 'fetch'>;
  /** Hosts for which plain http will do. */
  readonly plainHttpHosts: readonly string[];
}

/**
 * Asks an issuer for its keys: its discovery document (OpenID Connect Discovery §4), then what that names as `jwks_uri`.
 * @throws Error of any kind, when one of the two is not to be had or is not in order
 */
export async function fetchIssuerKeys(access: IssuerAccess, issuer: string): Promise<readonly ForeignKey[]> {
  parseIssuerAddress(issuer, access.plainHttpHosts);
  // §4.1: a slash at the end of the issuer is taken off first.
  const document = await fetchJson(access, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const { issuer: named, jwks_uri: keysAt } = document as Record<string, unknown>;
  // §4.3: the very same text, or one issuer could speak for another.
  if (named !== issuer) throw new Error('the discovery document names another issuer');
  if (typeof keysAt !== 'string') throw new Error('the discovery document has no jwks_uri');
  parseIssuerAddress(keysAt.replace(/\?[^#]*$/, ''), access.plainHttpHosts);
  return parseForeignKeys(await fetchJson(access, keysAt));
}

async function fetchJson({ guard }: IssuerAccess, url: string): Promise<object> {
  const response = await guard.fetch(url, {
    headers: { accept: 'application/json' },
    maxResponseBytes: MAX_DOCUMENT_BYTES,
    timeoutMs: TIMEOUT_MS,
    // Whoever answers for the issuer is who was configured.
    maxRedirects: 0,
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`an issuer answered ${response.status}`);
  }
  const value = parseUniqueJson(await response.text());
  if (typeof value !== 'object' || value === null) throw new SyntaxError('an issuer answered with no JSON object');
  return value;
}
