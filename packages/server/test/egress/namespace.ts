import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CleanUp } from '../support/process/clean-up.ts';

/** Where the name server of the tests listens. */
export const NAME_SERVER = '127.0.0.1';

/**
 * A network namespace in which every address of IPv4 and IPv6 is the machine's own, and whose names the tests' server
 * resolves: whatever a connection is made to, a listener in it takes it, and sees which address was meant.
 * @returns what a command has to begin with in order to run there
 */
export function createEgressNamespace(cleanUp: CleanUp): readonly string[] {
  const name = `rs-egress-${process.pid}`;
  ip('netns', 'add', name);
  cleanUp.defer(() => void spawnSync('ip', ['netns', 'del', name]));
  ip('-n', name, 'link', 'set', 'lo', 'up');
  ip('-n', name, 'route', 'add', 'local', '0.0.0.0/0', 'dev', 'lo');
  ip('-n', name, '-6', 'route', 'add', 'local', '::/0', 'dev', 'lo');
  // `ip netns exec` puts these in the place of those in /etc.
  const folder = path.join('/etc/netns', name);
  mkdirSync(folder, { recursive: true });
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, 'resolv.conf'), `nameserver ${NAME_SERVER}\noptions timeout:1 attempts:1\n`);
  writeFileSync(
    path.join(folder, 'hosts'),
    '127.0.0.1 localhost localhost.localdomain\n::1 ip6-localhost ip6-loopback\n',
  );
  return ['ip', 'netns', 'exec', name];
}

function ip(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('ip', [...args], { encoding: 'utf8' });
  if (error !== undefined) throw new Error('the command ip is missing: install the package iproute2', { cause: error });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()} (it needs root)`);
}
