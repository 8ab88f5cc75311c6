import type { Config } from '../config/config.ts';
import { printableHost } from './printable-host.ts';

/** Where the server listens, as an origin. */
export function listenOrigin({ listen, tls }: Config): string {
  return `${tls === undefined ? 'http' : 'https'}://${printableHost(listen)}`;
}
