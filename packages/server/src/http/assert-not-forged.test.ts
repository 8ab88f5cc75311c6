import { describe, expect, it } from 'vitest';
import { assertNotForged, assertSameOrigin } from './assert-not-forged.ts';

interface Asked {
  readonly method?: string;
  readonly host?: string;
  readonly isSecure?: boolean;
  /** The instance's, for links. */
  readonly own?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function createRequest({ method = 'POST', host = 'reg.example', isSecure = true, own = '', headers = {} }: Asked) {
  return { method, host, isSecure, origin: own, header: (name: string) => headers[name] };
}

const judge = (origin: string, asked: Asked = {}) => {
  try {
    assertSameOrigin(createRequest({ ...asked, headers: { origin } }));
    return 'own';
  } catch {
    return 'foreign';
  }
};

describe('where a request comes from', () => {
  it.each([
    ['https://reg.example', {}],
    ['https://reg.example', { host: 'reg.example:443' }],
    ['https://REG.example:443', {}],
    ['https://reg.example:8443', { host: 'reg.example:8443' }],
    ['http://reg.example', { isSecure: false }],
    ['http://reg.example', { host: 'reg.example:80', isSecure: false }],
    // TLS ends at a proxy that nobody has listed.
    ['https://reg.example', { isSecure: false }],
    ['https://public.example', { host: 'inner:8080', own: 'https://public.example' }],
    ['http://[::1]:8080', { host: '[::1]:8080', isSecure: false }],
  ])('is this server: %s', (origin, asked) => {
    expect(judge(origin, asked)).toBe('own');
  });

  it.each([
    ['https://evil.example', {}],
    ['https://reg.example.evil.example', {}],
    ['https://evil-reg.example', {}],
    ['https://sub.reg.example', {}],
    ['https://reg.example:8443', {}],
    ['http://reg.example', {}],
    ['null', {}],
    ['', {}],
    ['reg.example', {}],
    ['file://', { host: '' }],
    ['javascript:alert(1)', { host: '' }],
    ['ws://reg.example', { isSecure: false }],
    ['https://reg.example@evil.example', {}],
  ])('is somebody else: %s', (origin, asked) => {
    expect(judge(origin, asked)).toBe('foreign');
  });

  it.each([
    ['same-origin', 'own'],
    ['none', 'own'],
    ['same-site', 'foreign'],
    ['cross-site', 'foreign'],
    ['anything-new', 'foreign'],
  ])('is what the browser says: %s', (site, expected) => {
    const check = () => assertSameOrigin(createRequest({ headers: { 'sec-fetch-site': site } }));
    if (expected === 'own') expect(check).not.toThrow();
    else expect(check).toThrow('another site');
  });
});

describe('a request in a session', () => {
  const TOKEN = 'token-of-the-session';

  it.each(['GET', 'HEAD', 'OPTIONS'])('needs no proof when it only reads: %s', (method) => {
    expect(() => assertNotForged(createRequest({ method }), TOKEN)).not.toThrow();
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'get', 'X-NEW'])('needs the token otherwise: %s', (method) => {
    const request = (token: string) => createRequest({ method, headers: { 'x-harbor-csrf-token': token } });
    expect(() => assertNotForged(request(TOKEN), TOKEN)).not.toThrow();
    for (const wrong of ['', `${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase(), `${TOKEN}, ${TOKEN}`]) {
      expect(() => assertNotForged(request(wrong), TOKEN)).toThrow('X-Harbor-CSRF-Token');
    }
    expect(() => assertNotForged(createRequest({ method }), TOKEN)).toThrow('X-Harbor-CSRF-Token');
  });
});
