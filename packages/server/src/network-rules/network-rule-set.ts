import { ProductError } from '../kernel/errors.ts';
import {
  type AddressBytes,
  type IpNetwork,
  isInNetwork,
  parseIpAddress,
  parseIpNetwork,
} from '../kernel/ip-address.ts';

/** What a request is for: the registry itself with its token service, or the management of the instance. */
export type NetworkPurpose = 'management' | 'registry';

export const NETWORK_PURPOSES = ['management', 'registry'] as const satisfies readonly NetworkPurpose[];

/** The networks whose requests an instance answers, in CIDR notation; an empty list is every network. */
export type NetworkRuleSet = Readonly<Record<NetworkPurpose, readonly string[]>>;

export const NO_NETWORK_RULES: NetworkRuleSet = { management: [], registry: [] };

const MAX_NETWORKS = 500;

/** @throws ProductError VALIDATION when a list is not one of networks */
export function parseNetworkRuleSet(value: unknown): NetworkRuleSet {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('is an object');
  const unknown = Object.keys(value).find((name) => !NETWORK_PURPOSES.some((purpose) => purpose === name));
  if (unknown !== undefined) throw invalid(`has nothing but ${NETWORK_PURPOSES.join(' and ')}`);
  const given = value as Partial<Record<NetworkPurpose, unknown>>;
  return { management: parseList('management', given.management), registry: parseList('registry', given.registry) };
}

function parseList(purpose: NetworkPurpose, list: unknown): readonly string[] {
  if (!Array.isArray(list)) throw invalid(`has the list ${purpose}, which is empty for every network`);
  if (list.length > MAX_NETWORKS) throw invalid(`has at most ${MAX_NETWORKS} networks in ${purpose}`);
  for (const [index, text] of list.entries()) {
    const parsed = typeof text === 'string' ? parseIpNetwork(text) : { problem: 'must be a text' };
    if ('problem' in parsed) {
      throw new ProductError('VALIDATION', `the network ${index + 1} of ${purpose} ${parsed.problem}`);
    }
  }
  return list;
}

function invalid(rule: string): ProductError {
  return new ProductError('VALIDATION', `a set of network rules ${rule}`);
}

/** A rule set that answers quickly. */
export class CompiledNetworkRules {
  readonly rules: NetworkRuleSet;
  readonly #networks: Readonly<Record<NetworkPurpose, readonly IpNetwork[]>>;

  /** @throws ProductError VALIDATION */
  constructor(rules: NetworkRuleSet) {
    this.rules = rules;
    this.#networks = { management: compile(rules.management), registry: compile(rules.registry) };
  }

  /** An address that cannot be read is in no network. */
  allows(purpose: NetworkPurpose, address: string): boolean {
    const networks = this.#networks[purpose];
    if (networks.length === 0) return true;
    const bytes = parseIpAddress(address);
    return bytes !== undefined && isInOne(bytes, networks);
  }
}

function isInOne(address: AddressBytes, networks: readonly IpNetwork[]): boolean {
  for (const network of networks) if (isInNetwork(address, network)) return true;
  return false;
}

function compile(networks: readonly string[]): readonly IpNetwork[] {
  return networks.map((text) => {
    const parsed = parseIpNetwork(text);
    if ('problem' in parsed) throw new ProductError('VALIDATION', `the network ${text} ${parsed.problem}`);
    return parsed;
  });
}
