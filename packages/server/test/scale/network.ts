import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import type { CleanUp } from '../support/process/clean-up.ts';
import { hasEnded } from '../support/process/process-tree.ts';

/** Where a node's traffic may be cut. */
export type Place = 'database' | 'store' | 'balancer';

/** Which way is cut: requests on their way there, answers on their way back, or both. */
export type Direction = 'both' | 'from-node' | 'to-node';

export interface NodeNetwork {
  /** The address that the node has. */
  readonly host: string;
  /** Runs a command in the node's part of the network. */
  readonly wrapper: readonly string[];
  /** Drops packets silently between the node and the place from now on. */
  cut(place: Place, direction: Direction): void;
  heal(): void;
}

/** Addresses of this machine: those of what the nodes talk to, each with one of its own. */
export type PlaceAddresses = Readonly<Record<Place, string>>;

export interface Network {
  readonly places: PlaceAddresses;
  readonly nodes: readonly NodeNetwork[];
  /** Whether it can be cut. */
  readonly isReal: boolean;
}

const PLACES: readonly Place[] = ['balancer', 'database', 'store'];

/** Why there can be no network of namespaces here; undefined when there can. */
export function findReasonAgainstNamespaces(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const { error, status, stderr } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  if (error !== undefined) return 'the command ip is missing: install the package iproute2';
  return status === 0 ? undefined : `ip netns: ${stderr.trim()}`;
}

/** Everything on 127.0.0.1: nothing can be cut. */
export function createPlainNetwork(nodeCount: number): Network {
  const node = { host: '127.0.0.1', wrapper: [], cut: () => undefined, heal: () => undefined };
  return {
    places: { balancer: '127.0.0.1', database: '127.0.0.1', store: '127.0.0.1' },
    nodes: Array.from({ length: nodeCount }, () => node),
    isReal: false,
  };
}

/**
 * A namespace for each node and one for a router between them and this machine. The router drops packets by policy rules
 * (`ip rule … blackhole`): silently, for a pair of addresses, in one direction; the machines at both ends notice nothing
 * but silence, and need no packet filter.
 */
export function createNamespaces(cleanUp: CleanUp, nodeCount: number): Network {
  removeForgotten();
  const id = `${process.pid}`;
  const net = `10.${randomInt(128, 250)}`;
  const router = `rs-${id}-router`;
  addNamespace(cleanUp, router);
  inNamespace(router, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
  const host = link(cleanUp, { here: `rs${id}h`, there: `rs${id}r`, namespace: router });
  PLACES.forEach((_, index) => {
    ip('address', 'add', `${net}.0.${index + 1}/24`, 'dev', host.here);
  });
  ip('link', 'set', host.here, 'up');
  ip('-n', router, 'address', 'add', `${net}.0.254/24`, 'dev', host.there);
  ip('-n', router, 'link', 'set', host.there, 'up');
  const places = { balancer: `${net}.0.1`, database: `${net}.0.2`, store: `${net}.0.3` };
  const nodes = Array.from({ length: nodeCount }, (_, index) => {
    const number = index + 1;
    const namespace = `rs-${id}-node${number}`;
    addNamespace(cleanUp, namespace);
    const wire = { here: `rs${id}n${number}`, there: 'eth0', namespace };
    ip('-n', router, 'link', 'add', wire.here, 'type', 'veth', 'peer', 'name', wire.there, 'netns', namespace);
    ip('-n', router, 'address', 'add', `${net}.${number}.1/24`, 'dev', wire.here);
    ip('-n', router, 'link', 'set', wire.here, 'up');
    const address = `${net}.${number}.2`;
    ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', wire.there);
    ip('-n', namespace, 'link', 'set', wire.there, 'up');
    ip('-n', namespace, 'route', 'add', 'default', 'via', `${net}.${number}.1`);
    ip('route', 'add', `${net}.${number}.0/24`, 'via', `${net}.0.254`, 'src', places.balancer);
    return createNode({ router, namespace, address, places });
  });
  return { places, nodes, isReal: true };
}

interface NodeInit {
  readonly router: string;
  readonly namespace: string;
  readonly address: string;
  readonly places: PlaceAddresses;
}

function createNode({ router, namespace, address, places }: NodeInit): NodeNetwork {
  let rules: readonly (readonly string[])[] = [];
  return {
    host: address,
    wrapper: ['ip', 'netns', 'exec', namespace],
    cut: (place, direction) => {
      const away = ['from', address, 'to', places[place], 'blackhole'];
      const back = ['from', places[place], 'to', address, 'blackhole'];
      const added = direction === 'both' ? [away, back] : [direction === 'from-node' ? away : back];
      for (const rule of added) ip('-n', router, 'rule', 'add', ...rule);
      rules = [...rules, ...added];
    },
    heal: () => {
      for (const rule of rules) ip('-n', router, 'rule', 'del', ...rule);
      rules = [];
    },
  };
}

/** What a run has left that was killed itself. */
function removeForgotten(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [, name, pid] of stdout.matchAll(/^(rs-(\d+)-\w+)/gm)) {
    if (name !== undefined && hasEnded(Number(pid))) spawnSync('ip', ['netns', 'del', name]);
  }
}

function addNamespace(cleanUp: CleanUp, name: string): void {
  ip('netns', 'add', name);
  cleanUp.defer(() => void spawnSync('ip', ['netns', 'del', name]));
  ip('-n', name, 'link', 'set', 'lo', 'up');
}

function link(
  cleanUp: CleanUp,
  { here, there, namespace }: { readonly here: string; readonly there: string; readonly namespace: string },
): { readonly here: string; readonly there: string } {
  ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', namespace);
  // Its routes and its other end go with it.
  cleanUp.defer(() => void spawnSync('ip', ['link', 'del', here]));
  return { here, there };
}

function inNamespace(name: string, command: readonly string[]): void {
  ip('netns', 'exec', name, ...command);
}

function ip(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}
