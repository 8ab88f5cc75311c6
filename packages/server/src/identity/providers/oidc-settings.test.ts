import { describe, expect, it } from 'vitest';
import { readOidcSettings } from './oidc-settings.ts';

const LEAST = { issuer: 'https://id.example/realms/main', clientId: 'registry' };

describe('settings of an OpenID Connect provider', () => {
  it('need an issuer and a client, and have defaults that give nobody anything', () => {
    expect(readOidcSettings(LEAST)).toEqual({
      ...LEAST,
      scopes: ['openid', 'profile', 'email'],
      userClaim: 'preferred_username',
      groupsClaim: null,
      groupFilter: null,
      groupPrefix: '',
      adminGroup: null,
      autoOnboard: false,
      endsProviderSession: false,
      extraParameters: {},
    });
  });

  it('keep the issuer as it is written, since tokens are compared with it', () => {
    for (const issuer of ['https://id.example', 'https://id.example/', 'http://127.0.0.1:8080', 'http://[::1]:1/x']) {
      expect(readOidcSettings({ ...LEAST, issuer }).issuer).toBe(issuer);
    }
  });

  it.each([
    'http://id.example',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'https://user@id.example',
    'https://id.example/?',
    'https://id.example/#',
    'https://id.example/ ',
    'https://id.example/\n',
    'ftp://id.example',
    'javascript:alert(1)',
    'id.example',
    '',
    7,
    null,
    `https://id.example/${'x'.repeat(1_024)}`,
  ])('refuse the issuer %j', (issuer) => {
    expect(() => readOidcSettings({ ...LEAST, issuer })).toThrow('settings.issuer');
  });

  it.each<object>([
    { scopes: 'openid' },
    { scopes: ['profile'] },
    { scopes: ['openid', 'a b'] },
    { scopes: ['openid', 7] },
    { scopes: Array.from({ length: 21 }, () => 'openid') },
    { clientId: '' },
    { clientId: 'a\u0000b' },
    { userClaim: 7 },
    { adminGroup: 'admins' },
    { endsProviderSession: 1 },
    { clientSecret: 'secret' },
    { extraParameters: [] },
    { extraParameters: { prompt: 7 } },
    { extraParameters: { prompt: 'a\u0000b' } },
    { extraParameters: { 'a b': 'c' } },
    { extraParameters: { redirect_uri: 'https://evil.example' } },
    { extraParameters: { Request_URI: 'https://evil.example' } },
    { extraParameters: Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`p${at}`, 'x'])) },
    { constructor: {} },
  ])('refuse %j', (more) => {
    expect(() => readOidcSettings({ ...LEAST, ...more })).toThrow('settings');
  });

  it.each([undefined, null, [], 'text', 7])('are no %j', (value) => {
    expect(() => readOidcSettings(value)).toThrow('settings must be an object');
  });
});
