import { formatNextLink, OciError, parsePageSize } from '@roadstead/oci';
import { readLast } from './list-cursor.ts';
import type { Operation } from './operation.ts';
import { readAsOf } from './read-as-of.ts';

/** Clients that ask for no page size expect everything, or a Link; the largest page serves both. */
const MAX_PAGE = 10_000;

/** `GET /v2/<name>/tags/list` (end-8a, end-8b) */
export const listTags: Operation = {
  name: 'list_tags',
  action: 'pull',
  async answer({ exchange, instance, repository }) {
    const { name } = repository;
    const limit = parsePageSize(exchange.query.get('n'), { max: MAX_PAGE, default: MAX_PAGE });
    const after = readLast(exchange);
    const at = readAsOf(exchange);
    const list = { repository: name, after, limit };
    const page = await (at === undefined
      ? instance.content.listTags(list)
      : instance.content.listTagsAsOf({ ...list, at }));
    if (page === undefined) throw new OciError('NAME_UNKNOWN', `There is no repository ${name}.`);
    const asOf = at === undefined ? '' : `&as-of=${encodeURIComponent(exchange.query.get('as-of') ?? '')}`;
    const next = `/v2/${name}/tags/list?n=${limit}&last=${encodeURIComponent(page.next ?? '')}${asOf}`;
    const headers = page.next === undefined ? {} : { Link: formatNextLink(next) };
    exchange.sendJson(200, { name, tags: page.items }, headers);
  },
};
