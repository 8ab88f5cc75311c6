import type { Config, ListenAddress } from '../config/config.ts';

/** An address, and the setting that it came from. */
export interface SetAddress extends ListenAddress {
  readonly setting: 'ROADSTEAD_LISTEN' | 'ROADSTEAD_INSTANCE_PORTS';
}

/** Where the server listens: its address, and a port for each instance where these have ports of their own. */
export function listAddresses({ listen, instancePorts }: Config): readonly SetAddress[] {
  const own: SetAddress = { ...listen, setting: 'ROADSTEAD_LISTEN' };
  if (instancePorts === undefined) return [own];
  const { first, last } = instancePorts;
  const ports = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return [own, ...ports.map((port) => ({ host: listen.host, port, setting: 'ROADSTEAD_INSTANCE_PORTS' as const }))];
}
