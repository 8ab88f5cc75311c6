import { formatNextLink, parsePageSize } from '@roadstead/oci';
import { principalOf } from '../../http/authentication.ts';
import type { Exchange } from '../../http/exchange.ts';
import { challenge, wrongPassword } from './authorize.ts';
import type { DistributionInstance } from './distribution-instance.ts';
import { visibilityOf } from './visibility-of.ts';

const DEFAULT_PAGE = 1_000;
const MAX_PAGE = 10_000;

/** `GET /v2/_catalog`: the repositories that the caller may pull, for those who are signed in. */
export async function getCatalog(exchange: Exchange, instance: DistributionInstance): Promise<void> {
  const { kind } = exchange.authentication;
  if (kind === 'invalid-basic') throw wrongPassword(exchange);
  if (kind !== 'basic' && kind !== 'bearer') {
    throw challenge(exchange, [{ type: 'registry', name: 'catalog', actions: ['*'] }]);
  }
  const limit = parsePageSize(exchange.query.get('n'), { max: MAX_PAGE, default: DEFAULT_PAGE });
  const after = exchange.query.get('last') ?? undefined;
  const visibility = visibilityOf(instance, principalOf(exchange.authentication));
  const page = limit === 0 ? { items: [] } : await instance.content.listRepositories({ visibility, after, limit });
  const headers = page.next === undefined ? {} : { Link: formatNextLink(nextPath(limit, page.next)) };
  exchange.sendJson(200, { repositories: page.items }, headers);
}

function nextPath(limit: number, last: string): string {
  return `/v2/_catalog?n=${limit}&last=${encodeURIComponent(last)}`;
}
