import { formatNextLink, OciError, parsePageSize } from '@roadstead/oci';
import { readLast } from './list-cursor.ts';
import type { Operation } from './operation.ts';

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
    const page = await instance.content.listTags({ repository: name, after, limit });
    if (page === undefined) throw new OciError('NAME_UNKNOWN', `There is no repository ${name}.`);
    const next = `/v2/${name}/tags/list?n=${limit}&last=${encodeURIComponent(page.next ?? '')}`;
    const headers = page.next === undefined ? {} : { Link: formatNextLink(next) };
    exchange.sendJson(200, { name, tags: page.items }, headers);
  },
};
