import { formatNextLink, parsePageSize } from '@roadstead/oci';
import { principalOf } from '../../http/authentication.ts';
import type { Exchange } from '../../http/exchange.ts';
import { challenge, wrongPassword } from './authorize.ts';
import type { DistributionInstance } from './distribution-instance.ts';
import { readLast } from './list-cursor.ts';

const DEFAULT_PAGE = 1_000;
const MAX_PAGE = 10_000;

/** `GET /v2/_catalog`: the repositories that the caller may pull, for those who are signed in. */
export async function getCatalog(exchange: Exchange, instance: DistributionInstance): Promise<void> {
  assertCanListCatalog(exchange);
  const limit = parsePageSize(exchange.query.get('n'), { max: MAX_PAGE, default: DEFAULT_PAGE });
  const after = readLast(exchange);
  const visibility = await instance.projects.permissions.visibleRepositories(principalOf(exchange.authentication));
  const page = limit === 0 ? { items: [] } : await instance.content.listRepositories({ visibility, after, limit });
  const headers = page.next === undefined ? {} : { Link: formatNextLink(nextPath(limit, page.next)) };
  exchange.sendJson(200, { repositories: page.items }, headers);
}

/**
 * For who is signed in. A token gives what it names: the catalog, or, as some clients ask for no scope at all, whatever its
 * holder may see; one that was narrowed to repositories shows no others.
 */
function assertCanListCatalog(exchange: Exchange): void {
  const { authentication } = exchange;
  if (authentication.kind === 'basic') return;
  if (authentication.kind === 'invalid-basic') throw wrongPassword(exchange);
  if (authentication.kind === 'bearer' && authentication.principal.kind !== 'anonymous') {
    const { access } = authentication;
    const namesCatalog = access.some((scope) => scope.type === 'registry' && scope.name === 'catalog');
    if (namesCatalog || access.length === 0) return;
  }
  throw challenge(exchange, [{ type: 'registry', name: 'catalog', actions: ['*'] }]);
}

function nextPath(limit: number, last: string): string {
  return `/v2/_catalog?n=${limit}&last=${encodeURIComponent(last)}`;
}
