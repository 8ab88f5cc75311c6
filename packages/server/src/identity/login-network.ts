import ipaddr from 'ipaddr.js';

const IPV4_PREFIX_BITS = 24;
const IPV6_PREFIX_BITS = 64;

/** The /24 or /64 of an address, in CIDR notation; IPv4 in IPv6 clothes counts as IPv4. What is no address stays as it is. */
export function loginNetworkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  const bits = parsed.kind() === 'ipv4' ? IPV4_PREFIX_BITS : IPV6_PREFIX_BITS;
  const bytes = parsed.toByteArray().map((byte, index) => (index < bits / 8 ? byte : 0));
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}`;
}
