import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTestSecrets } from '../../../test/in-process/test-envelope.ts';
import { createManualClock } from '../../../test/in-process/test-identity.ts';
import { FLAG, type Lies, SoftwareAuthenticator } from '../../../test/support/software-authenticator.ts';
import { PasskeyChallenges } from './passkey-challenges.ts';
import type { AssertionResponse, AttestationResponse } from './passkey-response.ts';
import { findPasskeySite } from './passkey-site.ts';
import { verifyAssertion, verifyAttestation } from './webauthn.ts';

const SITE = { rpId: 'registry.example.org', origin: 'https://registry.example.org' };
const CHALLENGE = randomBytes(45).toString('base64url');

async function makeKey() {
  const authenticator = new SoftwareAuthenticator(SITE.origin);
  const made = authenticator.create({ challenge: CHALLENGE, rp: { id: SITE.rpId }, user: { id: 'AAAA' } });
  const credential = await verifyAttestation(made.credential as AttestationResponse, CHALLENGE, SITE);
  if (credential === undefined) throw new Error('an honest key was refused');
  const row = { credential_id: credential.credentialId, public_key: credential.publicKey, is_backup_eligible: 0 };
  const verify = (lies: Lies, site = SITE, eligible = 0) => {
    const response = authenticator.get(
      made.passkey,
      { challenge: CHALLENGE, rpId: SITE.rpId },
      lies,
    ) as AssertionResponse;
    return verifyAssertion(response, CHALLENGE, { ...row, is_backup_eligible: eligible }, site);
  };
  return { verify };
}

describe('signatures of passkeys', () => {
  // Each lie is told once to a server that believes it: else it could be refused for something else.
  it.each([
    ['the origin', { origin: 'https://evil.example' }, { ...SITE, origin: 'https://evil.example' }, 0],
    ['the host', { rpId: 'evil.example' }, { ...SITE, rpId: 'evil.example' }, 0],
    ['a copy', { flags: FLAG.present | FLAG.verified | FLAG.eligible }, SITE, 1],
  ] as const)('are refused for a lie about %s, and for nothing else in it', async (_, lies, believing, eligible) => {
    const { verify } = await makeKey();
    expect(await verify({})).toEqual({ counter: 0, isBackedUp: false });
    expect(await verify(lies)).toBeUndefined();
    expect(await verify(lies, believing, eligible)).toEqual({ counter: 0, isBackedUp: false });
  });
});

describe('challenges for passkeys', () => {
  const clock = createManualClock();
  const master = randomBytes(32);
  const challenges = new PasskeyChallenges(createTestSecrets(master, 'one'), clock);
  const elsewhere = new PasskeyChallenges(createTestSecrets(master, 'two'), clock);
  const purpose = { kind: 'sign-in' } as const;

  it('last five minutes, for one purpose, one host and one instance', async () => {
    const sealed = await challenges.seal(purpose, 'a.example');
    const text = sealed.toString('base64url');
    const opened = await challenges.open(text, purpose, 'a.example');
    expect(opened?.hash).toEqual(createHash('sha256').update(sealed).digest());
    expect(await challenges.open(text, purpose, 'b.example')).toBeUndefined();
    expect(await elsewhere.open(text, purpose, 'a.example')).toBeUndefined();
    const step = { kind: 'second-step', userId: 1, signInToken: 'x' } as const;
    expect(await challenges.open(text, step, 'a.example')).toBeUndefined();
    clock.advance(5 * 60_000 - 1);
    expect(await challenges.open(text, purpose, 'a.example')).toBeDefined();
    clock.advance(1);
    expect(await challenges.open(text, purpose, 'a.example')).toBeUndefined();
  });

  it('of two none are equal, and none with another bit opens', async () => {
    const [one, two] = [await challenges.seal(purpose, 'a'), await challenges.seal(purpose, 'a')];
    expect(one).not.toEqual(two);
    for (let at = 0; at < one.length; at += 1) {
      const changed = Buffer.from(one);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await challenges.open(changed.toString('base64url'), purpose, 'a'), String(at)).toBeUndefined();
    }
    for (const text of [undefined, 7, '', 'x', ['a'], `${one.toString('base64url')}=`]) {
      expect(await challenges.open(text, purpose, 'a')).toBeUndefined();
    }
  });
});

describe('the site of passkeys', () => {
  it.each([
    ['https://registry.example.org', 'registry.example.org'],
    ['https://Registry.Example.org:5000', 'registry.example.org'],
    ['http://localhost:8080', 'localhost'],
    ['http://one.localhost:8080', 'one.localhost'],
  ])('of %s is %s', (origin, rpId) => {
    expect(findPasskeySite(origin)).toEqual({ site: { rpId, origin: origin.toLowerCase() } });
  });

  it.each([
    ['http://registry.example.org', 'TLS'],
    ['https://192.0.2.1', 'IP address'],
    ['https://[2001:db8::1]:8080', 'IP address'],
    ['http://127.0.0.1:8080', 'IP address'],
    ['https://2130706433', 'IP address'],
    ['', 'not known'],
  ])('of %j is none', (origin, reason) => {
    expect(findPasskeySite(origin)).toEqual({ problem: expect.stringContaining(reason) });
  });
});
