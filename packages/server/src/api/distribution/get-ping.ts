import type { Exchange } from '../../http/exchange.ts';
import { challenge, wrongPassword } from './authorize.ts';

/** `GET /v2/`: says that this is a registry, to those who are signed in (end-1). */
export function getPing(exchange: Exchange): void {
  const { kind } = exchange.authentication;
  if (kind === 'invalid-basic') throw wrongPassword(exchange);
  if (kind !== 'basic' && kind !== 'bearer') throw challenge(exchange, []);
  exchange.sendJson(200, {});
}
