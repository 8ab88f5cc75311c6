import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createClientAddresses } from './client-addresses.ts';

function requestFrom(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

describe('the address of a client', () => {
  const addresses = createClientAddresses(['10.0.0.0/8', 'fd00::/8']);
  const of = (remote: string, forwarded?: string) =>
    addresses.of(requestFrom(remote, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }));

  it('is the peer, whatever it claims, unless the peer is a trusted proxy', () => {
    expect(of('203.0.113.5', '192.0.2.1')).toBe('203.0.113.5');
    expect(createClientAddresses([]).of(requestFrom('10.0.0.1', { 'x-forwarded-for': '192.0.2.1' }))).toBe('10.0.0.1');
  });

  it('is the last that no trusted proxy has, so that what a client wrote before it counts for nothing', () => {
    expect(of('10.0.0.1', '192.0.2.66')).toBe('192.0.2.66');
    expect(of('10.0.0.1', '1.1.1.1, 192.0.2.66, 10.9.9.9')).toBe('192.0.2.66');
    expect(of('fd00::1', 'garbage, 2001:db8::1')).toBe('2001:db8::1');
  });

  it('is the proxy itself when the header is missing, nonsense, or names proxies only', () => {
    for (const forwarded of [undefined, '', 'nonsense', '10.1.1.1, 10.2.2.2'])
      expect(of('10.0.0.1', forwarded)).toBe('10.0.0.1');
  });

  it('is never what stands before an entry that is no address: that much a client may have sent', () => {
    for (const nonsense of [
      'unknown',
      '_hidden',
      '0177.0.0.1',
      '127.1',
      '192.0.2.1%eth0',
      '2130706433',
      '1.2.3.4.5',
      '',
      'a:b',
      '[::1',
      '::1]:80',
    ])
      expect(of('10.0.0.1', `192.0.2.66, ${nonsense}`), nonsense).toBe('10.0.0.1');
    expect(of('10.0.0.1', '192.0.2.66, nonsense, 10.9.9.9')).toBe('10.0.0.1');
  });

  it('is read where a gateway forwards the port with it', () => {
    expect(of('10.0.0.1', '192.0.2.66:50123')).toBe('192.0.2.66');
    expect(of('10.0.0.1', '1.1.1.1, [2001:db8::1]:50123')).toBe('2001:db8::1');
    expect(of('10.0.0.1', '1.1.1.1, [2001:db8::1]')).toBe('2001:db8::1');
  });

  it('has no zone, and one text', () => {
    expect(of('fe80::1%eth0')).toBe('fe80::1');
    expect(of('2001:0DB8:0::01')).toBe('2001:db8::1');
  });

  it('is plain IPv4 where it comes in IPv6 clothes', () => {
    expect(of('::ffff:203.0.113.5')).toBe('203.0.113.5');
    expect(of('::ffff:10.0.0.1', '::ffff:192.0.2.66')).toBe('192.0.2.66');
  });

  it('asked for the host that a trusted proxy forwards, the last one, and else for its Host header', () => {
    const hostFor = (remote: string, forwarded?: string) =>
      addresses.hostOf(
        requestFrom(remote, { host: 'back', ...(forwarded === undefined ? {} : { 'x-forwarded-host': forwarded }) }),
      );
    expect(hostFor('10.0.0.1', 'team.example.com:8443')).toBe('team.example.com:8443');
    expect(hostFor('10.0.0.1', 'made.up, team.example.com')).toBe('team.example.com');
    for (const forwarded of [undefined, '']) expect(hostFor('10.0.0.1', forwarded)).toBe('back');
    expect(hostFor('203.0.113.5', 'team.example.com')).toBe('back');
    expect(addresses.hostOf(requestFrom('10.0.0.1'))).toBeUndefined();
  });

  it('came by https when a trusted proxy says so, and only then', () => {
    const claims = { 'x-forwarded-proto': 'https' };
    expect(addresses.isForwardedHttps(requestFrom('10.0.0.1', claims))).toBe(true);
    expect(addresses.isForwardedHttps(requestFrom('203.0.113.5', claims))).toBe(false);
    expect(addresses.isForwardedHttps(requestFrom('10.0.0.1'))).toBe(false);
  });
});
