import { describe, expect, it } from 'vitest';
import { hostWithoutDefaultPort, hostWithoutPort, normalizeHost } from './host.ts';

describe('a host', () => {
  it.each([
    ['Registry.Example.com', 'registry.example.com'],
    ['registry.example.com.', 'registry.example.com'],
    ['registry.example.com.:0443', 'registry.example.com:443'],
    ['[::1]:8080', '[::1]:8080'],
  ])('is kept in one form: %s', (text, host) => {
    expect(normalizeHost(text)).toBe(host);
  });

  it.each(['', '.', 'a b', 'a/b', 'a@b', 'a:99999', 'a:b', ':80', 'x'.repeat(300), 'a\r\nb'])('is not %j', (text) => {
    expect(normalizeHost(text)).toBeUndefined();
  });

  it('loses its port, or only the one that its scheme implies', () => {
    expect(hostWithoutPort('[::1]:8080')).toBe('[::1]');
    expect(hostWithoutDefaultPort('a:443', 'https')).toBe('a');
    expect(hostWithoutDefaultPort('a:443', 'http')).toBe('a:443');
    expect(hostWithoutDefaultPort('a:80', 'http')).toBe('a');
    expect(hostWithoutDefaultPort('[::80]', 'http')).toBe('[::80]');
  });
});
