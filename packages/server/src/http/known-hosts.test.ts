import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { originOf } from './known-hosts.ts';

function originFor(
  host: string | undefined,
  options: { readonly externalUrl?: string; readonly hosts?: readonly string[]; readonly isHttps?: boolean } = {},
): string {
  const { externalUrl, hosts = [], isHttps = false } = options;
  const socket = { localAddress: '127.0.0.1', localPort: 8080 };
  const request = { socket, headers: { host } } as unknown as IncomingMessage;
  return originOf(request, { externalUrl, hosts }, { isForwardedHttps: () => isHttps });
}

describe('the origin for links', () => {
  it('is the host of the request where that is one of the instance', () => {
    expect(originFor('Team.example.com', { hosts: ['team.example.com'] })).toBe('http://team.example.com');
    expect(originFor('team.example.com:8443', { hosts: ['team.example.com'] })).toBe('http://team.example.com:8443');
    expect(originFor('team.example.com:8443', { hosts: ['team.example.com:9001'] })).toBe('http://127.0.0.1:8080');
    expect(originFor('localhost:8080')).toBe('http://localhost:8080');
    expect(originFor('127.0.0.1:8080')).toBe('http://127.0.0.1:8080');
  });

  it('is the external address, or the listener, for a host that nobody knows', () => {
    for (const host of ['evil.example', 'localhost:9999', 'a"b', undefined]) {
      expect(originFor(host, { externalUrl: 'https://registry.example.com' })).toBe('https://registry.example.com');
      expect(originFor(host)).toBe('http://127.0.0.1:8080');
    }
  });

  it('is https where a trusted proxy took the TLS away', () => {
    expect(originFor('localhost:8080', { isHttps: true })).toBe('https://localhost:8080');
  });
});
