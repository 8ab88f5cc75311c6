import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CredentialOptions, FLAG, type Lies, SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { Browser } from './support/browser.ts';
import { readErrors, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';

const OWN = '/api/roadstead/v1';
const PASSKEYS = `${OWN}/second-factor/passkeys`;
const PASSWORD = 'Some-Password-1';
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const asText = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

/** The other signature that the same key gives for the same bytes: (r, n - s). */
function mirror(signature: Buffer): Buffer {
  const rLength = signature[3] ?? 0;
  const s = BigInt(`0x${signature.subarray(6 + rLength).toString('hex')}`);
  const hex = (ORDER - s).toString(16).padStart(64, '0');
  const bytes = Buffer.from(Number.parseInt(hex.slice(0, 2), 16) >= 0x80 ? `00${hex}` : hex, 'hex');
  const body = Buffer.concat([signature.subarray(2, 4 + rLength), Buffer.of(2, bytes.length), bytes]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}

const HONEST = FLAG.present | FLAG.verified;

/** Lies about where, what and who; the same are told of a new key and of a signature. */
const COMMON_LIES: Readonly<Record<string, (origin: string) => Lies>> = {
  'a page of another site': () => ({ origin: 'https://evil.example' }),
  'a page of a host below': (origin) => ({ origin: origin.replace('localhost', 'evil.localhost') }),
  'a page of another port': () => ({ origin: 'http://localhost:1' }),
  'a page of another scheme': (origin) => ({ origin: origin.replace('http:', 'https:') }),
  'an origin with a path': (origin) => ({ origin: `${origin}/` }),
  'an origin with a user': (origin) => ({ origin: origin.replace('//', '//localhost@') }),
  'no origin': () => ({ origin: 'null' }),
  'a frame of another site': () => ({ crossOrigin: true }),
  'a page around it': () => ({ crossOrigin: true, topOrigin: 'https://evil.example' }),
  'a page around it that is denied': () => ({ topOrigin: 'https://evil.example' }),
  'another host': () => ({ rpId: 'evil.example' }),
  'no host': () => ({ rpId: 'null' }),
  'a challenge that nobody made': () => ({ challenge: Buffer.alloc(45, 7).toString('base64url') }),
  'a short challenge': () => ({ challenge: 'AAAA' }),
  'no challenge': () => ({ challenge: '' }),
};

const SIGNATURE_LIES: Readonly<Record<string, Lies>> = {
  'the type of a new key': { type: 'webauthn.create' },
  'no type': { type: '' },
  'an owner who was not recognised': { flags: FLAG.present },
  'nobody who was there': { flags: FLAG.verified },
  'no flags': { flags: 0 },
  'a key that may be copied now': { flags: HONEST | FLAG.eligible },
  'a copy of a key that may not be copied': { flags: HONEST | FLAG.backedUp },
  'a new key that is not there': { flags: HONEST | FLAG.attested },
  'extensions that are not there': { flags: HONEST | FLAG.extended },
  'bytes behind': { trailer: Buffer.of(0) },
  'another key': { privateKey: foreign },
  'a signature of something else': { tamper: (data) => Buffer.concat([data, Buffer.of(0)]) },
  'a signature of nothing': { tamper: () => Buffer.alloc(0) },
  'no signature': { forge: () => Buffer.alloc(0) },
  'a signature of zeros': { forge: () => Buffer.from('3006020100020100', 'hex') },
  'a signature of ones': { forge: () => Buffer.from('3006020101020101', 'hex') },
  'half a signature': { forge: (signature) => signature.subarray(0, 20) },
  'a signature that is no sequence': { forge: (signature) => signature.subarray(2) },
  'a bit of the signature': { forge: (signature) => flip(signature, 30) },
  'the handle of nobody': { userHandle: 'AAAA' },
};

const KEY_LIES: Readonly<Record<string, Lies>> = {
  'the type of a signature': { type: 'webauthn.get' },
  'an owner who was not recognised': { flags: FLAG.present | FLAG.attested },
  'nobody who was there': { flags: FLAG.verified | FLAG.attested },
  'no key': { flags: HONEST },
  'a copy of a key that may not be copied': { flags: HONEST | FLAG.attested | FLAG.backedUp },
  'an algorithm that is not offered': { algorithm: -35 },
  'no algorithm': { algorithm: 0 },
  'an RSA algorithm for a key of a curve': { algorithm: -257 },
  'an Edwards algorithm for a key of a curve': { algorithm: -8 },
  'the type of an RSA key': { keyType: 3 },
  'the type of a symmetric key': { keyType: 4 },
  'another curve': { curve: 2 },
  'an Edwards curve': { curve: 6 },
  'an id that is too long': { credentialId: Buffer.alloc(1_024, 1) },
  'no id': { credentialId: Buffer.alloc(0) },
  'bytes behind': { trailer: Buffer.of(0) },
};

/** 32 bytes are 43 characters, of which the last has two bits that mean nothing. */
function spellOtherwise(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return `${text.slice(0, -1)}${alphabet[alphabet.indexOf(text.at(-1) ?? '') + 1]}`;
}

function flip(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  return flipped;
}

describe('attacks on passkeys', () => {
  let registry: OpenRegistry;
  let url: string;
  let authenticator: SoftwareAuthenticator;
  let networks = 0;
  const successes: string[] = [];
  let attacks = 0;

  beforeAll(async () => {
    registry = await openRegistry({ env: { ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1/32' } });
    url = registry.url.replace('127.0.0.1', 'localhost');
    authenticator = new SoftwareAuthenticator(url);
  });
  afterAll(() => registry?.close());

  const openBrowser = () => {
    networks += 1;
    return new Browser(registry.url, {
      'X-Forwarded-For': `198.${18 + Math.floor(networks / 250)}.${networks % 250}.7`,
      Host: new URL(url).host,
    });
  };
  const optionsFor = async (browser: Browser, path: string, body?: object) => {
    const answer = await browser.sendJson('POST', path, body);
    expect(answer.status, answer.text).toBe(200);
    return readJson<CredentialOptions>(answer);
  };
  async function enrol(username: string, lies: Lies = {}) {
    const user = JSON.stringify({ username, password: PASSWORD, mustChangePassword: false });
    const made = await registry.admin.post(`${OWN}/users`, user, { 'Content-Type': 'application/json' });
    const browser = openBrowser();
    expect((await browser.signIn({ username, password: PASSWORD })).status).toBe(200);
    const { passkey, credential } = authenticator.create(await optionsFor(browser, `${PASSKEYS}/options`), lies);
    const added = await browser.sendJson('POST', PASSKEYS, { credential });
    expect(added.status, added.text).toBe(201);
    return {
      id: readJson<{ id: number }>(made).id,
      username,
      browser,
      passkey,
      passkeyId: readJson<{ id: number }>(added).id,
    };
  }
  const signInOptions = (browser: Browser) => optionsFor(browser, `${OWN}/session/passkey/options`);
  const send = (browser: Browser, credential: unknown) =>
    browser.sendJson('POST', `${OWN}/session/passkey`, { credential });
  const beginStep = async (browser: Browser, username: string) => {
    const first = await browser.sendJson('POST', `${OWN}/session`, { username, password: PASSWORD });
    const detail = readErrors(first)[0]?.detail as { readonly challenge: string } | undefined;
    const challenge = detail?.challenge ?? '';
    const options = await optionsFor(browser, `${OWN}/session/second-factor/passkey-options`, { challenge });
    return { challenge, options };
  };
  /** Counts it; whatever it is refused with, it opens nothing. */
  const refused = (name: string, { status, headers }: { status: number; headers: object }, ...allowed: number[]) => {
    attacks += 1;
    if (status < 400 || 'set-cookie' in headers) successes.push(name);
    expect([name, allowed.includes(status) ? 'refused' : status]).toEqual([name, 'refused']);
  };

  it('lie in a sign-in without a name', async () => {
    const { passkey } = await enrol('ann');
    for (const [name, tell] of Object.entries(COMMON_LIES)) {
      const browser = openBrowser();
      refused(name, await send(browser, authenticator.get(passkey, await signInOptions(browser), tell(url))), 401);
    }
    for (const [name, lies] of Object.entries(SIGNATURE_LIES)) {
      const browser = openBrowser();
      refused(name, await send(browser, authenticator.get(passkey, await signInOptions(browser), lies)), 401);
    }
    const browser = openBrowser();
    const nameless = authenticator.get(passkey, await signInOptions(browser), { userHandle: undefined });
    refused('no handle', await send(browser, nameless), 401);
    expect((await send(browser, authenticator.get(passkey, await signInOptions(browser)))).status).toBe(200);
  });

  it('lie in the second step after a password', async () => {
    const { passkey, username } = await enrol('bob');
    const told = Object.entries(COMMON_LIES).map(([name, tell]) => [name, tell(url)] as const);
    for (const [name, lies] of [...told, ...Object.entries(SIGNATURE_LIES)]) {
      const browser = openBrowser();
      const { challenge, options } = await beginStep(browser, username);
      const credential = authenticator.get(passkey, options, lies);
      refused(name, await browser.sendJson('POST', `${OWN}/session/second-factor`, { challenge, credential }), 401);
    }
    const browser = openBrowser();
    const { challenge, options } = await beginStep(browser, username);
    const credential = authenticator.get(passkey, options);
    const done = await browser.sendJson('POST', `${OWN}/session/second-factor`, { challenge, credential });
    expect(done.status).toBe(200);
  });

  it('lie about a new key', async () => {
    const { browser } = await enrol('cyd');
    const told = Object.entries(COMMON_LIES).map(([name, tell]) => [name, tell(url)] as const);
    for (const [name, lies] of [...told, ...Object.entries(KEY_LIES)]) {
      const { credential } = authenticator.create(await optionsFor(browser, `${PASSKEYS}/options`), lies);
      refused(name, await browser.sendJson('POST', PASSKEYS, { credential }), 400, 422);
    }
    const options = await optionsFor(browser, `${PASSKEYS}/options`);
    const { credential } = authenticator.create(options);
    const renamed = { ...credential, id: Buffer.alloc(32, 5).toString('base64url') };
    refused('an id of another key', await browser.sendJson('POST', PASSKEYS, { credential: renamed }), 400);
    expect((await browser.sendJson('POST', PASSKEYS, { credential })).status).toBe(201);
    refused('the same again', await browser.sendJson('POST', PASSKEYS, { credential }), 400);
  });

  it('use what was made for something else, or for somebody else', async () => {
    const [ann, ben] = [await enrol('dan'), await enrol('eve')];
    const registration = await optionsFor(ben.browser, `${PASSKEYS}/options`);
    const step = await beginStep(openBrowser(), 'eve');
    const free = await signInOptions(openBrowser());
    const attempt = async (name: string, credential: unknown, ...allowed: number[]) =>
      refused(name, await send(openBrowser(), credential), ...allowed);
    await attempt(
      'a challenge for a new key',
      authenticator.get(ben.passkey, { ...registration, rpId: 'localhost' }),
      401,
    );
    await attempt('a challenge of a second step', authenticator.get(ben.passkey, step.options), 401);
    const posing = { ...ben.passkey, id: ann.passkey.id };
    await attempt('a key of one’s own under a foreign id', authenticator.get(posing, free), 401);
    const borrowed = authenticator.get(ben.passkey, free, { userHandle: ann.passkey.userHandle });
    await attempt('a foreign handle', borrowed, 401);

    const second = async (name: string, challenge: string, credential: unknown) => {
      const body = { challenge, credential };
      refused(name, await openBrowser().sendJson('POST', `${OWN}/session/second-factor`, body), 401);
    };
    const other = await beginStep(openBrowser(), 'dan');
    await second('a foreign key for the second step', other.challenge, authenticator.get(ben.passkey, other.options));
    await second('a challenge of a foreign sign-in', other.challenge, authenticator.get(ann.passkey, step.options));
    await second('a challenge without a name', other.challenge, authenticator.get(ann.passkey, free));
    const again = await beginStep(openBrowser(), 'dan');
    await second('a challenge of another sign-in', other.challenge, authenticator.get(ann.passkey, again.options));

    const foreignKey = authenticator.create(registration).credential;
    refused(
      'a challenge of a foreign registration',
      await ann.browser.sendJson('POST', PASSKEYS, { credential: foreignKey }),
      400,
    );
    const elsewhere = openBrowser();
    expect((await send(elsewhere, authenticator.get(ben.passkey, await signInOptions(elsewhere)))).status).toBe(200);
    const sameUser = await elsewhere.sendJson('POST', PASSKEYS, {
      credential: authenticator.create(registration).credential,
    });
    refused('a challenge of another session', sameUser, 400);
    const free2 = authenticator.create({ ...(await signInOptions(elsewhere)), rp: { id: 'localhost' } }).credential;
    refused(
      'a challenge of a sign-in for a new key',
      await elsewhere.sendJson('POST', PASSKEYS, { credential: free2 }),
      400,
    );
  });

  it('come again with what was taken once', async () => {
    const { passkey } = await enrol('fay');
    const options = await signInOptions(openBrowser());
    const credential = authenticator.get(passkey, options);
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(openBrowser(), credential)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    refused('the same again', await send(openBrowser(), credential), 401);
    const mirrored = authenticator.get(passkey, options, { forge: mirror });
    refused('the other signature of the same challenge', await send(openBrowser(), mirrored), 401);
    const fresh = await signInOptions(openBrowser());
    const valid = authenticator.get(passkey, fresh, { forge: mirror });
    expect((await send(openBrowser(), valid)).status, 'the mirrored signature is a right one').toBe(200);
    refused('and the first of them after it', await send(openBrowser(), authenticator.get(passkey, fresh)), 401);
  });

  it('come with a copy of a key, whose counter is behind', async () => {
    const { passkey, id } = await enrol('gus', { counter: 10 });
    const attempt = async (counter: number) => {
      const browser = openBrowser();
      return send(browser, authenticator.get(passkey, await signInOptions(browser), { counter }));
    };
    expect((await attempt(15)).status).toBe(200);
    for (const counter of [14, 15, 1, 0]) refused(`a counter of ${counter}`, await attempt(counter), 401);
    expect((await attempt(16)).status).toBe(200);
    const log = await registry.admin.get(`${OWN}/audit/entries?kind=second-factor.refused&limit=100`);
    const { items } = readJson<{ items: readonly { detail: { userId?: number; reason?: string } }[] }>(log);
    const reasons = items.filter(({ detail }) => detail.userId === id).map(({ detail }) => detail.reason);
    expect(reasons).toEqual(['counter', 'counter', 'counter', 'counter']);
  });

  it('come after the end of the key, or of the account', async () => {
    const [gone, shut] = [await enrol('hal'), await enrol('ida')];
    const held = authenticator.get(gone.passkey, await signInOptions(openBrowser()));
    const waiting = await beginStep(openBrowser(), 'ida');
    expect((await gone.browser.sendJson('POST', `${PASSKEYS}/${gone.passkeyId}/remove`)).status).toBe(204);
    refused('a key that was removed', await send(openBrowser(), held), 401);
    const late = authenticator.get(shut.passkey, await signInOptions(openBrowser()));
    expect((await registry.admin.post(`${OWN}/users/${shut.id}/disable`, '')).status).toBe(204);
    refused('an account that is disabled', await send(openBrowser(), late), 401);
    const body = { challenge: waiting.challenge, credential: authenticator.get(shut.passkey, waiting.options) };
    refused('its second step', await openBrowser().sendJson('POST', `${OWN}/session/second-factor`, body), 401);
    expect((await registry.admin.post(`${OWN}/users/${shut.id}/enable`, '')).status).toBe(204);
    refused(
      'its second step, enabled again',
      await openBrowser().sendJson('POST', `${OWN}/session/second-factor`, body),
      401,
    );
  });

  it('come in other shapes', async () => {
    const { passkey } = await enrol('jon');
    const honest = authenticator.get(passkey, await signInOptions(openBrowser())) as {
      readonly id: string;
      readonly response: Readonly<Record<string, string>>;
    };
    const { response } = honest;
    const within = (change: object) => ({ ...honest, response: { ...response, ...change } });
    const shapes: Readonly<Record<string, unknown>> = {
      nothing: null,
      'a text': 'credential',
      'no response': { ...honest, response: undefined },
      'another type': { ...honest, type: 'password' },
      'an id with padding': { ...honest, id: `${honest.id}=`, rawId: `${honest.id}=` },
      'another spelling of the id': { ...honest, id: spellOtherwise(honest.id), rawId: honest.id },
      'two ids': { ...honest, rawId: 'AAAA' },
      'an id that is too long': { ...honest, id: 'A'.repeat(1_365), rawId: 'A'.repeat(1_365) },
      'a long id that nobody has': { ...honest, id: 'A'.repeat(1_364), rawId: 'A'.repeat(1_364) },
      'an id with a NUL': { ...honest, id: 'a\0b', rawId: 'a\0b' },
      'client data that is no JSON': within({ clientDataJSON: 'AAAA' }),
      'client data that is a list': within({ clientDataJSON: asText([1]) }),
      'client data that is null': within({ clientDataJSON: asText(null) }),
      'a challenge that is a list': within({ clientDataJSON: asText({ type: 'webauthn.get', challenge: ['x'] }) }),
      'long client data': within({ clientDataJSON: 'A'.repeat(8_193) }),
      'no data of an authenticator': within({ authenticatorData: '' }),
      'short data of an authenticator': within({ authenticatorData: 'AAAA' }),
      'long data of an authenticator': within({ authenticatorData: 'A'.repeat(4_097) }),
      'a signature in another alphabet': within({ signature: '+/+/' }),
      'a long signature': within({ signature: 'A'.repeat(4_097) }),
      'a long handle': within({ userHandle: 'A'.repeat(129) }),
      'a handle that is a list': within({ userHandle: [response['userHandle']] }),
    };
    for (const [name, credential] of Object.entries(shapes)) {
      refused(name, await send(openBrowser(), credential), 400, 401, 422);
    }
    expect((await send(openBrowser(), honest)).status).toBe(200);
  });

  it('follow no address in a certificate, which nobody has asked for', async () => {
    const { browser } = await enrol('kim');
    const lies: Lies = { format: 'packed', statement: new Map([['x5c', [Buffer.from('certificate')]]]) };
    const { credential } = authenticator.create(await optionsFor(browser, `${PASSKEYS}/options`), lies);
    expect((await browser.sendJson('POST', PASSKEYS, { credential })).status).toBe(201);
  });

  it('are bounded from one network', async () => {
    const { passkey } = await enrol('lea');
    const browser = openBrowser();
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      const options = await signInOptions(browser);
      statuses.push((await send(browser, authenticator.get(passkey, options, { privateKey: foreign }))).status);
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await send(openBrowser(), authenticator.get(passkey, await signInOptions(openBrowser())))).status).toBe(
      200,
    );
  });

  it('were many, and none of them has opened anything', () => {
    expect(attacks).toBeGreaterThan(120);
    expect(successes).toEqual([]);
  });
});
