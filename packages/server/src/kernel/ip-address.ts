import { isIPv4, isIPv6 } from 'node:net';

/** The bytes of an address: 4 of IPv4, 16 of IPv6. */
export type AddressBytes = Uint8Array;

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
/** `::ffff:0:0/96`: IPv4 in IPv6 clothes (RFC 4291 §2.5.5.2). */
const MAPPED_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

/**
 * Reads an address in its usual notations only: no octal, hexadecimal or shortened IPv4, which others read differently. IPv4 in
 * IPv6 clothes is IPv4; a zone (`%eth0`) is left out, since it names a cable of this machine.
 * @returns undefined for everything else
 */
export function parseIpAddress(text: string): AddressBytes | undefined {
  if (isIPv4(text)) return parseIPv4(text);
  const zone = text.indexOf('%');
  const bare = zone === -1 ? text : text.slice(0, zone);
  if (!isIPv6(bare)) return undefined;
  const bytes = parseIPv6(bare);
  return isMapped(bytes) ? bytes.subarray(MAPPED_PREFIX.length) : bytes;
}

function isMapped(bytes: AddressBytes): boolean {
  return MAPPED_PREFIX.every((byte, index) => bytes[index] === byte);
}

function parseIPv4(text: string): AddressBytes {
  return Uint8Array.from(text.split('.'), Number);
}

/** @param text what `isIPv6` has found right */
function parseIPv6(text: string): AddressBytes {
  const bytes = new Uint8Array(IPV6_BYTES);
  const [left = '', right] = text.split('::');
  const head = parseGroups(left);
  bytes.set(head);
  if (right !== undefined) {
    const tail = parseGroups(right);
    bytes.set(tail, IPV6_BYTES - tail.length);
  }
  return bytes;
}

function parseGroups(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return [...parseIPv4(group)];
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** A network in CIDR notation. */
export interface IpNetwork {
  readonly base: AddressBytes;
  readonly bits: number;
}

/**
 * Reads a network such as `10.0.0.0/8`, or one address.
 * @returns what is wrong with it, as the end of a sentence, when it cannot be read or names an address inside the network
 */
export function parseIpNetwork(text: string): IpNetwork | { readonly problem: string } {
  const [address = '', prefix, ...rest] = text.split('/');
  const base = address.includes('%') ? undefined : parseIpAddress(address);
  if (base === undefined || rest.length > 0 || (prefix !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(prefix))) {
    return { problem: 'must be an address or a network such as 10.0.0.0/8 or 2001:db8::/32' };
  }
  // What was written as IPv6 and is IPv4 counts its bits from the beginning of the IPv6 address.
  const clothes = address.includes(':') && base.length === IPV4_BYTES ? MAPPED_PREFIX.length * 8 : 0;
  const bits = prefix === undefined ? base.length * 8 : Number(prefix) - clothes;
  if (bits < 0 || bits > base.length * 8) return { problem: `has a prefix that its address cannot have` };
  const network = maskAddress(base, bits);
  if (network.every((byte, index) => byte === base[index])) return { base, bits };
  return { problem: `names an address inside a network: the network is ${formatAddress(network)}/${bits}` };
}

export function isInNetwork(address: AddressBytes, { base, bits }: IpNetwork): boolean {
  if (address.length !== base.length) return false;
  const whole = bits >> 3;
  for (let index = 0; index < whole; index += 1) if (address[index] !== base[index]) return false;
  const rest = bits & 7;
  if (rest === 0) return true;
  const shift = 8 - rest;
  return (address[whole] ?? 0) >> shift === (base[whole] ?? 0) >> shift;
}

/** The address with everything behind its first `bits` bits cleared. */
export function maskAddress(address: AddressBytes, bits: number): AddressBytes {
  return Uint8Array.from(address, (byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return byte & (0xff << (8 - kept));
  });
}

const IPV4_CLIENT_BITS = 24;
const IPV6_CLIENT_BITS = 64;

/**
 * What stands for the network that a client is in, where something is counted: its /24, or its /64, which is what one customer of
 * an access provider gets. An address that cannot be read stands for itself.
 */
export function clientNetworkOf(address: string): string {
  // The usual case, several times with every request.
  if (isIPv4(address)) return address.slice(0, address.lastIndexOf('.'));
  const bytes = parseIpAddress(address);
  if (bytes === undefined) return address;
  if (bytes.length === IPV4_BYTES) return bytes.subarray(0, IPV4_CLIENT_BITS / 8).join('.');
  return Buffer.from(bytes.subarray(0, IPV6_CLIENT_BITS / 8)).toString('hex');
}

/** The same network in CIDR notation, for people. */
export function clientNetworkInCidr(address: string): string {
  const bytes = parseIpAddress(address);
  if (bytes === undefined) return address;
  const bits = bytes.length === IPV4_BYTES ? IPV4_CLIENT_BITS : IPV6_CLIENT_BITS;
  return `${formatAddress(maskAddress(bytes, bits))}/${bits}`;
}

function formatAddress(bytes: AddressBytes): string {
  if (bytes.length === IPV4_BYTES) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  // URL knows the shortest form (RFC 5952).
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}
