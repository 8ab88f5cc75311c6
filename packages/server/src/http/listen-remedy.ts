import type { ListenAddress } from '../config/config.ts';

/**
 * What to do about an address at which the system lets nobody listen.
 * @param code the system's, such as `EADDRINUSE`
 * @param setting the name of what the address came from
 */
export function listenRemedy(code: string, { port }: ListenAddress, setting: string): string {
  const remedies: Readonly<Record<string, string>> = {
    EADDRINUSE: `another program has it: stop that program, or set ${setting} to an address that is free`,
    EACCES: `ports below 1024 need a right: choose a higher one by ${setting}, or give the process CAP_NET_BIND_SERVICE`,
    EADDRNOTAVAIL: `this machine does not have the address: set ${setting} to one that it has, or to :${port}`,
    ENOTFOUND: `the name does not resolve: set ${setting} to an address of this machine`,
  };
  return remedies[code] ?? `set ${setting} to another address`;
}
