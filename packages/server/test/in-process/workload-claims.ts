import { base64url, CompactSign, SignJWT } from 'jose';
import type { ForeignIssuer } from '../support/foreign-issuer.ts';

export const WORKLOAD_AUDIENCE = 'https://registry.example';

/** Claims as GitHub, GitLab and Kubernetes write them. */
export const GITHUB_CLAIMS = {
  sub: 'repo:octo-org/app:ref:refs/heads/main',
  repository: 'octo-org/app',
  repository_owner: 'octo-org',
  repository_id: '123',
  repository_owner_id: '456',
  repository_visibility: 'private',
  ref: 'refs/heads/main',
  ref_type: 'branch',
  event_name: 'push',
  workflow: 'release',
  job_workflow_ref: 'octo-org/app/.github/workflows/release.yml@refs/heads/main',
  runner_environment: 'github-hosted',
};
export const GITLAB_CLAIMS = {
  sub: 'project_path:group/app:ref_type:branch:ref:main',
  namespace_id: '72',
  namespace_path: 'group',
  project_id: '20',
  project_path: 'group/app',
  ref: 'main',
  ref_type: 'branch',
  ref_protected: 'true',
  pipeline_source: 'push',
};
export const KUBERNETES_CLAIMS = {
  sub: 'system:serviceaccount:shop:deployer',
  'kubernetes.io': {
    namespace: 'shop',
    serviceaccount: { name: 'deployer', uid: 'u-1' },
    pod: { name: 'p', uid: 'u-2' },
  },
};

export interface AttackTools {
  /** The one that rules trust: for octo-org/app at main and at tags v*, group/app where protected, and the pods of shop/deployer. */
  readonly issuer: ForeignIssuer;
  /** One that nobody trusts, with a key of the same name. */
  readonly stranger: ForeignIssuer;
  /** Those of octo-org/app at main, as of now, with changes. */
  readonly claimsOf: (changes?: object) => Record<string, unknown>;
  /** Seconds since 1970. */
  readonly now: () => number;
}

/** A token that must open nothing. */
export type WorkloadAttack = readonly [name: string, make: () => Promise<string> | string];

export function createWorkloadAttacks(tools: AttackTools): readonly WorkloadAttack[] {
  const groups = [
    bypassGlobs,
    trickAlgorithms,
    forgeSignatures,
    posePerIssuer,
    mistakeAudiences,
    bendTimes,
    misuseRules,
  ];
  return groups.flatMap((group) => group(tools));
}

function signerOf({ issuer, claimsOf }: AttackTools) {
  return (changes: object) => () => issuer.sign(claimsOf(changes));
}

function bypassGlobs(tools: AttackTools): readonly WorkloadAttack[] {
  const sign = signerOf(tools);
  const repositories = [
    ...['octo-org/app2', 'octo-org/app/x', 'evil/octo-org/app', 'octo-org/App', 'Octo-Org/app', ' octo-org/app'],
    ...['octo-org/app\n', 'octo-org%2Fapp', 'octo-org//app', 'octo-org/app\u0000', 'octo-org/\u0430pp', '*', '**', ''],
    ...[null, { 0: 'octo-org/app' }, [['octo-org/app']], ['octo-org/app', {}], true, 1],
  ];
  const refs = [
    ...['refs/heads/main/x', 'refs/heads/mainx', 'main', 'refs/tags/v1/../../heads/x', 'refs/tags/x'],
    ...['refs/pull/1/merge', undefined],
  ];
  const robbed = { namespace: 'shop', serviceaccount: { name: 'x' } };
  const halves = { repository: 'x/y', project_path: 'group/app', ref_protected: 'false' };
  return [
    ...repositories.map((name) => [`the repository ${JSON.stringify(name)}`, sign({ repository: name })] as const),
    ...refs.map((ref) => [`the ref ${ref}`, sign({ ref })] as const),
    ['half of one rule and half of another', sign(halves)],
    ['a flat claim for a nested one', sign({ repository: 'x/y', 'kubernetes.io/namespace': 'shop' })],
    ['the namespace alone', sign({ ...KUBERNETES_CLAIMS, repository: 'x/y', 'kubernetes.io': robbed })],
  ];
}

function trickAlgorithms({ issuer, stranger, claimsOf }: AttackTools): readonly WorkloadAttack[] {
  const hmac = (key: string) =>
    new SignJWT(claimsOf()).setProtectedHeader({ alg: 'HS256', kid: 'first' }).sign(new TextEncoder().encode(key));
  const otherAlgorithm = base64url.encode('{"alg":"RS256","kid":"first"}');
  return [
    ['no algorithm', () => craft({ alg: 'none', typ: 'JWT' }, claimsOf())],
    ['no algorithm and an empty signature', () => craft({ alg: 'none' }, claimsOf(), '')],
    ['None', () => craft({ alg: 'None', kid: 'first' }, claimsOf())],
    ['HMAC with the public key', () => hmac(JSON.stringify(publishedKey(issuer)))],
    ['HMAC with nothing secret', () => hmac('first')],
    [
      'another algorithm than the key’s',
      async () => swap(await issuer.sign(claimsOf()), ([, body, signature]) => [otherAlgorithm, body, signature]),
    ],
    ['a key in the header', () => stranger.sign(claimsOf(), { jwk: publishedKey(stranger) as never })],
    ['the address of keys in the header', () => stranger.sign(claimsOf(), { jku: `${stranger.issuer}/jwks` })],
    ['critical extensions', () => issuer.sign(claimsOf(), { b64: true, crit: ['b64'] })],
    ['the type of an access token', () => issuer.sign(claimsOf(), { typ: 'at+jwt' })],
  ];
}

function forgeSignatures({ issuer, stranger, claimsOf }: AttackTools): readonly WorkloadAttack[] {
  const swapped = (parts: Parameters<typeof swap>[1]) => async () => swap(await issuer.sign(claimsOf()), parts);
  const otherClaims = () => base64url.encode(JSON.stringify(claimsOf({ jti: 'x' })));
  const twice = () => {
    const evil = JSON.stringify(claimsOf({ repository: 'evil/x' }));
    const text = `${evil.slice(0, -1)},"repository":"octo-org/app"}`;
    return new CompactSign(new TextEncoder().encode(text))
      .setProtectedHeader({ alg: 'ES256', kid: 'first' })
      .sign(issuer.privateKeyOf('first'));
  };
  return [
    ['a signature of another token', swapped(([header, , signature]) => [header, otherClaims(), signature])],
    ['no signature', swapped(([header, body]) => [header, body, ''])],
    ['a signature of zeros', swapped(([header, body]) => [header, body, base64url.encode(new Uint8Array(64))])],
    ['the same kid of another issuer', () => stranger.sign(claimsOf())],
    ['a kid that is not there', () => issuer.sign(claimsOf(), { kid: 'second' })],
    ['a kid that is a path', () => issuer.sign(claimsOf(), { kid: '../../first' })],
    ['a member twice', twice],
    ['four parts', async () => `${await issuer.sign(claimsOf())}.x`],
    ['two parts', swapped(([header, body]) => [header, body])],
    ['an array for claims', () => craft({ alg: 'ES256', kid: 'first' }, [claimsOf()])],
  ];
}

function posePerIssuer(tools: AttackTools): readonly WorkloadAttack[] {
  const { issuer, stranger, claimsOf } = tools;
  const sign = (iss: (text: string) => unknown) => () => signerOf(tools)({ iss: iss(issuer.issuer) })();
  return [
    ['an issuer that nobody trusts', () => stranger.sign(claimsOf({ iss: stranger.issuer }))],
    ['the issuer with a slash', sign((text) => `${text}/`)],
    ['the issuer in capitals', sign((text) => text.toUpperCase())],
    ['the issuer with a path', sign((text) => `${text}/other`)],
    ['a list of issuers', sign((text) => [text])],
    ['an issuer with NUL', sign((text) => `${text}\u0000`)],
    ['no issuer', sign(() => undefined)],
  ];
}

function mistakeAudiences(tools: AttackTools): readonly WorkloadAttack[] {
  const sign = signerOf(tools);
  const other = 'https://other.example';
  return [
    ['another audience', sign({ aud: other })],
    ['a further audience', sign({ aud: [WORKLOAD_AUDIENCE, other] })],
    ['the audience twice', sign({ aud: [WORKLOAD_AUDIENCE, WORKLOAD_AUDIENCE] })],
    ['the audience with a slash', sign({ aud: `${WORKLOAD_AUDIENCE}/` })],
    ['no audience', sign({ aud: undefined })],
    ['an empty list of audiences', sign({ aud: [] })],
  ];
}

function bendTimes(tools: AttackTools): readonly WorkloadAttack[] {
  const sign = (times: (now: number) => object) => () => signerOf(tools)(times(tools.now()))();
  return [
    ['a token that is over', sign((now) => ({ exp: now - 1 }))],
    ['a token that is just over', sign((now) => ({ exp: now }))],
    ['a token of the future', sign((now) => ({ iat: now + 120, nbf: now + 120 }))],
    ['a token that is valid later', sign((now) => ({ nbf: now + 120 }))],
    ['no end', sign(() => ({ exp: undefined }))],
    ['no beginning', sign(() => ({ iat: undefined }))],
    ['an end in words', sign((now) => ({ exp: String(now + 300) }))],
    ['a year', sign((now) => ({ exp: now + 365 * 86_400 }))],
  ];
}

function misuseRules(tools: AttackTools): readonly WorkloadAttack[] {
  const sign = signerOf(tools);
  return [
    ['a rule of another project', sign({ repository: 'octo-org/other' })],
    ['a rule that is disabled', sign({ repository: 'octo-org/off' })],
    ['a rule that was deleted', sign({ repository: 'octo-org/gone' })],
    ['no subject', sign({ sub: '' })],
    ['a subject that is a list', sign({ sub: [GITHUB_CLAIMS.sub] })],
  ];
}

/** Puts a token together by hand: what a library refuses to write. */
function craft(header: object, payload: object, signature = 'AAAA'): string {
  return `${base64url.encode(JSON.stringify(header))}.${base64url.encode(JSON.stringify(payload))}.${signature}`;
}

function swap(
  token: string,
  parts: (parts: readonly (string | undefined)[]) => readonly (string | undefined)[],
): string {
  return parts(token.split('.')).join('.');
}

function publishedKey(issuer: ForeignIssuer): object {
  const [key] = (issuer.documents.get('/jwks') as { readonly keys: readonly object[] }).keys;
  if (key === undefined) throw new Error('the issuer publishes no key');
  return key;
}
