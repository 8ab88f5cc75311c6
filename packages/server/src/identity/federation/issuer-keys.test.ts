import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ForeignIssuer } from '../../../test/support/foreign-issuer.ts';
import { createEgressGuard, type EgressGuard } from '../../kernel/egress-guard.ts';
import { ForeignTokenError } from './foreign-token-error.ts';
import { IssuerKeys } from './issuer-keys.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DISCOVERY = '/.well-known/openid-configuration';

let issuer: ForeignIssuer;
let guard: EgressGuard;
let keys: IssuerKeys;
let now: number;

function openGuard(allow: readonly string[]): EgressGuard {
  return createEgressGuard({
    allow,
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    certificateAuthorities: [issuer.certificatePem],
  });
}

beforeEach(async () => {
  issuer = new ForeignIssuer();
  await issuer.open();
  guard = openGuard(['127.0.0.1/32']);
  now = 1_800_000_000_000;
  keys = new IssuerKeys({ guard, clock: { now: () => now }, plainHttpHosts: [] });
});

afterEach(async () => {
  await guard.close();
  await issuer.close();
});

const idsOf = async (keyId?: string, of = issuer.issuer) => (await keys.find(of, keyId)).map((key) => key.keyId);
const rejects = (finding: Promise<unknown>) =>
  expect(finding).rejects.toSatisfy(
    (error) => error instanceof ForeignTokenError && error.fault === 'keys-unavailable',
  );

describe('the keys of an issuer', () => {
  it('are found by its discovery document and asked for once an hour, however many ask', async () => {
    await Promise.all([idsOf('first'), idsOf('first'), idsOf('first')]);
    now += HOUR_MS - 1;
    expect(await idsOf('first')).toEqual(['first']);
    expect(issuer.asked).toEqual([DISCOVERY, '/jwks']);
    now += 1;
    await idsOf('first');
    expect(issuer.asked).toHaveLength(4);
  });

  it('are asked for anew when a token names one that is not known, at most once a minute', async () => {
    await idsOf('first');
    issuer.publish([await issuer.createKey('second', 'ES256')]);
    now += MINUTE_MS - 1;
    expect(await idsOf('second')).toEqual(['first']);
    now += 1;
    expect(await idsOf('second')).toEqual(['second']);
    for (let count = 0; count < 20; count += 1) await idsOf(`unknown-${count}`);
    expect(issuer.asked).toHaveLength(4);
  });

  it('hold for a day while the issuer does not answer, and no longer', async () => {
    await idsOf('first');
    issuer.isDown = true;
    now += 24 * HOUR_MS - 1;
    expect(await idsOf('first')).toEqual(['first']);
    now += 1;
    await rejects(keys.find(issuer.issuer, 'first'));
    issuer.isDown = false;
    now += MINUTE_MS;
    expect(await idsOf('first')).toEqual(['first']);
  });

  it('are gone when the issuer publishes none', async () => {
    await idsOf('first');
    issuer.publish([]);
    now += HOUR_MS;
    expect(await idsOf('first')).toEqual([]);
  });

  it('are found for an issuer with a path and a slash at its end', async () => {
    const { origin } = new URL(issuer.issuer);
    issuer.documents.set(`/realms/ci${DISCOVERY}`, { issuer: `${origin}/realms/ci/`, jwks_uri: `${origin}/jwks` });
    expect(await idsOf('first', `${origin}/realms/ci/`)).toEqual(['first']);
    await rejects(keys.find(`${origin}/realms/ci`, 'first'));
  });

  it.each<readonly [string, (origin: string) => unknown]>([
    ['names another issuer', (origin) => ({ issuer: `${origin}/`, jwks_uri: `${origin}/jwks` })],
    ['names no keys', (origin) => ({ issuer: origin })],
    [
      'has its keys on plain http',
      (origin) => ({ issuer: origin, jwks_uri: `${origin.replace('https', 'http')}/jwks` }),
    ],
    ['has its keys in a file', (origin) => ({ issuer: origin, jwks_uri: 'file:///etc/passwd' })],
    [
      'has its keys behind credentials',
      (origin) => ({ issuer: origin, jwks_uri: `${origin.replace('//', '//a:b@')}/jwks` }),
    ],
    [
      'names its issuer twice',
      (origin) => `{"issuer":"https://x.test","issuer":"${origin}","jwks_uri":"${origin}/jwks"}`,
    ],
    ['redirects', () => 302],
    ['fails', () => 500],
    ['is no object', () => 'null'],
    ['is too long', () => ' '.repeat(300 * 1024)],
  ])('are not had when the discovery document %s', async (_, document) => {
    issuer.documents.set('/other', { issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/jwks` });
    issuer.documents.set(DISCOVERY, document(issuer.issuer));
    await rejects(keys.find(issuer.issuer, 'first'));
    expect(issuer.asked).toEqual([DISCOVERY]);
  });

  it.each([
    ['a redirect', 302],
    ['no list', { keys: {} }],
    ['more keys than a hundred', { keys: Array.from({ length: 101 }, () => ({ kty: 'EC' })) }],
  ])('are not had when the key set is %s', async (_, document) => {
    issuer.documents.set('/jwks', document);
    await rejects(keys.find(issuer.issuer, 'first'));
  });

  it('are not asked for over plain http, nor where the operator does not allow connections', async () => {
    await rejects(keys.find(issuer.issuer.replace('https', 'http'), 'first'));
    const strict = openGuard([]);
    const denied = new IssuerKeys({ guard: strict, clock: { now: () => now }, plainHttpHosts: [] });
    await rejects(denied.find(issuer.issuer, 'first'));
    await strict.close();
    expect(issuer.asked).toEqual([]);
  });
});
