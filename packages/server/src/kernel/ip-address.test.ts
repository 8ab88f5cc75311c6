import { describe, expect, it } from 'vitest';
import { clientNetworkInCidr, clientNetworkOf, isInNetwork, parseIpAddress, parseIpNetwork } from './ip-address.ts';

const bytesOf = (text: string) => parseIpAddress(text) && [...(parseIpAddress(text) ?? [])];

function isIn(address: string, network: string): boolean {
  const bytes = parseIpAddress(address);
  const parsed = parseIpNetwork(network);
  if (bytes === undefined || 'problem' in parsed) throw new Error(`${address} ${network}`);
  return isInNetwork(bytes, parsed);
}

describe('an address', () => {
  it('is read in its usual notations', () => {
    expect(bytesOf('192.0.2.7')).toEqual([192, 0, 2, 7]);
    expect(bytesOf('2001:db8::1')).toEqual([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(bytesOf('::')).toEqual(Array.from({ length: 16 }, () => 0));
    expect(bytesOf('1:2:3:4:5:6:7:8')).toEqual([0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]);
    expect(bytesOf('64:ff9b::192.0.2.7')?.slice(-4)).toEqual([192, 0, 2, 7]);
  });

  it('is IPv4 where it comes as IPv6, however it is written', () => {
    for (const text of ['::ffff:192.0.2.7', '::FFFF:c000:207', '0:0:0:0:0:ffff:c000:0207', '::ffff:192.0.2.7%eth0']) {
      expect(bytesOf(text)).toEqual([192, 0, 2, 7]);
    }
  });

  it('has no zone', () => {
    expect(bytesOf('fe80::1%eth0')).toEqual(bytesOf('fe80::1'));
  });

  it.each([
    '',
    'localhost',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '127.1',
    '2130706433',
    '127.0.0.1.',
    ' 127.0.0.1',
    '127.0.0.1:80',
    '[::1]',
    '192.0.2.7%eth0',
    '1.2.3.256',
    ':::',
    '１２７.0.0.1',
  ])('is not %j, which others may read as one', (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  });
});

describe('a network', () => {
  it('holds the addresses of its own kind that begin like it', () => {
    expect(isIn('10.255.0.1', '10.0.0.0/8')).toBe(true);
    expect(isIn('11.0.0.1', '10.0.0.0/8')).toBe(false);
    expect(isIn('192.0.2.127', '192.0.2.0/25')).toBe(true);
    expect(isIn('192.0.2.128', '192.0.2.0/25')).toBe(false);
    expect(isIn('192.0.2.7', '192.0.2.7')).toBe(true);
    expect(isIn('192.0.2.8', '192.0.2.7')).toBe(false);
    expect(isIn('2001:db8:1::', '2001:db8::/32')).toBe(true);
    expect(isIn('2001:db9::', '2001:db8::/32')).toBe(false);
    expect(isIn('203.0.113.1', '0.0.0.0/0')).toBe(true);
    expect(isIn('203.0.113.1', '::/0')).toBe(false);
    expect(isIn('2001:db8::1', '0.0.0.0/0')).toBe(false);
  });

  it('of IPv4 is the same in IPv6 clothes, on either side', () => {
    expect(isIn('::ffff:10.1.2.3', '10.0.0.0/8')).toBe(true);
    expect(isIn('10.1.2.3', '::ffff:10.0.0.0/104')).toBe(true);
    expect(isIn('203.0.113.1', '::ffff:0:0/96')).toBe(true);
  });

  it.each([
    ['10.0.0.0/33', 'prefix'],
    ['::ffff:10.0.0.0/95', 'prefix'],
    ['2001:db8::/129', 'prefix'],
    ['10.0.0.0/08', 'must be'],
    ['10.0.0.0/', 'must be'],
    ['10.0.0.0/-1', 'must be'],
    ['10.0.0.0/8/8', 'must be'],
    ['10.0.0.0/1e1', 'must be'],
    ['fe80::1%eth0/64', 'must be'],
    ['010.0.0.0/8', 'must be'],
    ['10/8', 'must be'],
    ['', 'must be'],
    ['10.1.2.3/8', 'the network is 10.0.0.0/8'],
    ['2001:db8::1/32', 'the network is 2001:db8::/32'],
  ])('is not %j', (text, problem) => {
    expect(parseIpNetwork(text)).toEqual({ problem: expect.stringContaining(problem) });
  });
});

describe('the network of a client', () => {
  it('is its /24 or its /64', () => {
    expect(clientNetworkOf('192.0.2.7')).toBe(clientNetworkOf('192.0.2.200'));
    expect(clientNetworkOf('192.0.2.7')).not.toBe(clientNetworkOf('192.0.3.7'));
    expect(clientNetworkOf('::ffff:192.0.2.7')).toBe(clientNetworkOf('192.0.2.1'));
    expect(clientNetworkOf('2001:db8::1')).toBe(clientNetworkOf('2001:db8::ffff:1'));
    expect(clientNetworkOf('2001:db8::1')).not.toBe(clientNetworkOf('2001:db8:0:1::1'));
    expect(clientNetworkOf('')).toBe('');
  });

  it('is told in CIDR notation', () => {
    expect(clientNetworkInCidr('192.0.2.7')).toBe('192.0.2.0/24');
    expect(clientNetworkInCidr('::ffff:192.0.2.7')).toBe('192.0.2.0/24');
    expect(clientNetworkInCidr('2001:db8:0:1:2::7')).toBe('2001:db8:0:1::/64');
    expect(clientNetworkInCidr('')).toBe('');
  });
});
