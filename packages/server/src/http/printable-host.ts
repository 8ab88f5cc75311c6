import type { ListenAddress } from '../config/config.ts';

/** An address as it stands in a URL. */
export function printableHost({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
