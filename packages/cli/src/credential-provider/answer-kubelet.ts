import { parseImageReference } from '@roadstead/oci';
import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { findJson, findString, recordOf } from '../json-shape.ts';

const API_VERSION = 'credentialprovider.kubelet.k8s.io/v1';
/** The user name by which a registry knows that the password is a token of another issuer. */
const WORKLOAD_USERNAME = 'oidc';
const MAX_CACHE_SECONDS = 600;
/** What a pull may take after it was given credentials. */
const MARGIN_SECONDS = 60;

/** What the kubelet reads: credentials for a registry, and for how long it may keep them. */
export interface CredentialProviderResponse {
  readonly kind: 'CredentialProviderResponse';
  readonly apiVersion: typeof API_VERSION;
  readonly cacheKeyType: 'Registry';
  /** As Go writes durations. */
  readonly cacheDuration: string;
  readonly auth: Readonly<Record<string, { readonly username: string; readonly password: string }>>;
}

/**
 * Answers the kubelet that is about to pull an image for a pod: the token of the pod's own service account is the password (Kubernetes
 * enhancement 4412). Without a token there are no credentials, and the kubelet pulls as nobody.
 * @param input a CredentialProviderRequest
 * @throws CliError when it is none
 */
export function answerKubelet(input: string, now: number): CredentialProviderResponse {
  const request = recordOf(findJson(input));
  if (findString(request, 'kind') !== 'CredentialProviderRequest') {
    throw new CliError(EXIT_CODE.usage, 'standard input is no CredentialProviderRequest', {
      why: 'the kubelet writes one',
      remedy: 'name this program in the CredentialProviderConfig of the kubelet',
    });
  }
  if (findString(request, 'apiVersion') !== API_VERSION) {
    throw new CliError(EXIT_CODE.usage, `the request is not of ${API_VERSION}`, {
      remedy: `set apiVersion: ${API_VERSION} for this provider in the CredentialProviderConfig`,
    });
  }
  const { registry } = parseImageReference(findString(request, 'image') ?? '');
  const token = findString(request, 'serviceAccountToken') ?? '';
  const head = { kind: 'CredentialProviderResponse', apiVersion: API_VERSION, cacheKeyType: 'Registry' } as const;
  if (token === '') return { ...head, cacheDuration: '0s', auth: {} };
  const auth = { [registry]: { username: WORKLOAD_USERNAME, password: token } };
  return { ...head, cacheDuration: `${cacheSeconds(token, now)}s`, auth };
}

/** As long as the token is good, and no longer. What cannot be read of it is judged by the registry. */
function cacheSeconds(token: string, now: number): number {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  const { exp } = recordOf(findJson(payload));
  if (typeof exp !== 'number') return 0;
  return Math.max(0, Math.min(MAX_CACHE_SECONDS, Math.floor(exp - now / 1_000 - MARGIN_SECONDS)));
}
