import type { Config, ListenAddress } from '../config/config.ts';

/** Where the server listens: its address, and a port for each instance where these have ports of their own. */
export function listAddresses({ listen, instancePorts }: Config): readonly ListenAddress[] {
  if (instancePorts === undefined) return [listen];
  const { first, last } = instancePorts;
  const ports = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return [listen, ...ports.map((port) => ({ host: listen.host, port }))];
}
