/** An address that no user may have the server connect to, and what it is. */
export interface DeniedAddress {
  readonly address: string;
  readonly what: string;
}

/**
 * One or more of each range that is not the public network's (IANA's special-purpose registries for IPv4 and IPv6), among them
 * the metadata services of the large clouds.
 */
export const DENIED_IPV4: readonly DeniedAddress[] = [
  { address: '0.0.0.0', what: 'this host' },
  { address: '0.1.2.3', what: 'this network' },
  { address: '10.0.0.1', what: 'private' },
  { address: '10.255.255.254', what: 'private' },
  { address: '100.64.0.1', what: 'shared' },
  { address: '100.100.100.200', what: 'metadata' },
  { address: '127.0.0.1', what: 'loopback' },
  { address: '127.0.0.2', what: 'loopback' },
  { address: '127.255.255.254', what: 'loopback' },
  { address: '169.254.0.1', what: 'link-local' },
  { address: '169.254.169.253', what: 'metadata' },
  { address: '169.254.169.254', what: 'metadata' },
  { address: '169.254.170.2', what: 'metadata' },
  { address: '172.16.0.1', what: 'private' },
  { address: '172.31.255.254', what: 'private' },
  { address: '192.0.0.192', what: 'metadata' },
  { address: '192.0.2.1', what: 'documentation' },
  { address: '192.168.0.1', what: 'private' },
  { address: '192.168.255.254', what: 'private' },
  { address: '198.18.0.1', what: 'benchmarks' },
  { address: '198.51.100.1', what: 'documentation' },
  { address: '203.0.113.1', what: 'documentation' },
  { address: '240.0.0.1', what: 'reserved' },
];

export const DENIED_IPV6: readonly DeniedAddress[] = [
  { address: '::', what: 'this host' },
  { address: '::1', what: 'loopback' },
  { address: '::7f00:1', what: 'loopback, compatible' },
  { address: '::ffff:127.0.0.1', what: 'loopback, mapped' },
  { address: '::ffff:a9fe:a9fe', what: 'metadata, mapped' },
  { address: '::ffff:10.0.0.1', what: 'private, mapped' },
  { address: '::ffff:0:127.0.0.1', what: 'loopback, translated' },
  { address: '64:ff9b::7f00:1', what: 'loopback, NAT64' },
  { address: '64:ff9b::a9fe:a9fe', what: 'metadata, NAT64' },
  { address: '64:ff9b:1::1', what: 'local NAT64' },
  { address: '100::1', what: 'discard' },
  { address: '2001::1', what: 'Teredo' },
  { address: '2001:db8::1', what: 'documentation' },
  { address: '2002:7f00:1::', what: 'loopback, 6to4' },
  { address: '2002:a9fe:a9fe::', what: 'metadata, 6to4' },
  { address: 'fc00::1', what: 'unique local' },
  { address: 'fd00:ec2::254', what: 'metadata' },
  { address: 'fd12:3456:789a::1', what: 'unique local' },
  { address: 'fe80::1', what: 'link-local' },
  { address: 'fec0::1', what: 'site-local' },
];

/** Where connections may go to: ordinary public addresses, which in the tests' network are the canaries' too. */
export const PUBLIC_IPV4 = '93.184.215.14';
export const PUBLIC_IPV6 = '2606:2800:21f:cb07:6820:80da:af6b:8b2c';
