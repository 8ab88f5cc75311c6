import ipaddr from 'ipaddr.js';

/** Decides which addresses outside a user's own reach the server may connect to for that user. */
export interface EgressAddressRule {
  /** @param host the name that was resolved, or the literal itself */
  isAllowed(host: string, address: string): boolean;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** All that is assigned to hosts on the public IPv6 network (IANA, "Internet Protocol Version 6 Address Space"). */
const GLOBAL_UNICAST_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/**
 * Public unicast addresses pass; every special range (loopback, private, link-local with the metadata services, shared,
 * multicast, documentation …) and every form that carries an IPv4 address inside an IPv6 one is refused.
 * @param allow networks (`10.0.0.0/8`), host names and `*.example.com`, which pass whatever they resolve to
 */
export function createEgressAddressRule(allow: readonly string[]): EgressAddressRule {
  const networks = allow.filter((entry) => ipaddr.isValidCIDR(entry)).map((entry) => ipaddr.parseCIDR(entry));
  const addresses = allow.filter((entry) => ipaddr.isValid(entry)).map((entry) => ipaddr.parse(entry));
  const hosts = new Set(allow.filter((entry) => !entry.includes('/')).map(normalizeName));
  const matches = (parsed: Address) =>
    networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits)) ||
    addresses.some((address) => address.toString() === parsed.toString());
  return {
    isAllowed(host, address) {
      if (!ipaddr.isValid(address)) return false;
      const parsed = ipaddr.parse(address);
      return isPublic(parsed) || matches(parsed) || isListedHost(hosts, host);
    },
  };
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return !(address instanceof ipaddr.IPv6) || address.match(...GLOBAL_UNICAST_IPV6);
}

function isListedHost(hosts: ReadonlySet<string>, host: string): boolean {
  const name = normalizeName(host);
  if (ipaddr.isValid(name)) return false;
  if (hosts.has(name)) return true;
  const labels = name.split('.');
  return labels.some((_, index) => index > 0 && hosts.has(`*.${labels.slice(index).join('.')}`));
}

function normalizeName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
