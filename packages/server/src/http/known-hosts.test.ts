import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { originOf } from './known-hosts.ts';

function originFor(
  host: string | undefined,
  options: {
    readonly externalUrl?: string;
    readonly hosts?: readonly string[];
    readonly isHttps?: boolean;
    readonly port?: number;
  } = {},
): string {
  const { externalUrl, hosts = [], isHttps = false, port = 8080 } = options;
  const socket = { localAddress: '127.0.0.1', localPort: port };
  const request = { socket, headers: { host } } as unknown as IncomingMessage;
  return originOf(request, { externalUrl, hosts }, { isForwardedHttps: () => isHttps, hostOf: () => host });
}

describe('the origin for links', () => {
  it('is the host of the request where that is one of the instance', () => {
    expect(originFor('Team.example.com', { hosts: ['team.example.com'] })).toBe('http://team.example.com');
    expect(originFor('team.example.com:8443', { hosts: ['team.example.com'] })).toBe('http://team.example.com:8443');
    expect(originFor('localhost:8080')).toBe('http://localhost:8080');
    expect(originFor('127.0.0.1:8080')).toBe('http://127.0.0.1:8080');
  });

  it('is the same host whether it ends in a dot, and whether the port of its scheme is said', () => {
    const hosts = ['team.example.com'];
    for (const host of ['team.example.com.', 'team.example.com:80', 'TEAM.example.com.:80']) {
      expect(originFor(host, { hosts }), host).toBe('http://team.example.com');
    }
    for (const host of ['team.example.com', 'team.example.com:443']) {
      expect(originFor(host, { hosts: ['team.example.com:443'], isHttps: true })).toBe('https://team.example.com');
    }
    expect(originFor('team.example.com:80', { hosts, isHttps: true })).toBe('https://team.example.com:80');
    const externalUrl = 'https://registry.example.com';
    expect(originFor('registry.example.com:443', { externalUrl, isHttps: true })).toBe(externalUrl);
  });

  it('is the external address, or the listener, for a host that nobody knows', () => {
    for (const host of ['evil.example', 'localhost:9999', 'a"b', '', undefined]) {
      expect(originFor(host, { externalUrl: 'https://registry.example.com' })).toBe('https://registry.example.com');
      expect(originFor(host)).toBe('http://127.0.0.1:8080');
    }
  });

  it('is an address of the instance itself where it has hosts and no external address', () => {
    const hosts = ['team.example.com:9001', 'team.example.org'];
    expect(originFor('evil.example', { hosts })).toBe('http://team.example.com:9001');
    expect(originFor('team.example.com:8443', { hosts })).toBe('http://team.example.com:9001');
    // On its own port the listener's address leads to it as well, from wherever the client reached it.
    expect(originFor('evil.example', { hosts, port: 9001 })).toBe('http://127.0.0.1:9001');
  });

  it('is https where a trusted proxy took the TLS away', () => {
    expect(originFor('localhost:8080', { isHttps: true })).toBe('https://localhost:8080');
  });
});
