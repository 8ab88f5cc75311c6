import type { FastifyReply, FastifyRequest } from 'fastify';

/** Which page of a list was asked for. */
export interface PageNumber {
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
}

/**
 * `X-Total-Count` and `Link`, as Harbor's lists have them: path-absolute, with the other parameters kept and readable. Parameters
 * that the list does not know are left out: somebody may have put a password there.
 */
export function sendPageHeaders(request: FastifyRequest, reply: FastifyReply, at: PageNumber, total: number): void {
  reply.header('x-total-count', String(total));
  const links: string[] = [];
  if (at.page > 1) links.push(linkTo(request, at, at.page - 1, 'prev'));
  if (at.page * at.pageSize < total) links.push(linkTo(request, at, at.page + 1, 'next'));
  if (links.length > 0) reply.header('link', links.join(' , '));
}

function linkTo(request: FastifyRequest, { pageSize }: PageNumber, page: number, relation: 'prev' | 'next'): string {
  const [path = '', query = ''] = request.url.split('?', 2);
  const others = [...new URLSearchParams(query)].filter(
    ([name]) => name !== 'page' && name !== 'page_size' && isKnown(request, name),
  );
  const parameters = [...others, ['page', String(page)], ['page_size', String(pageSize)]];
  const text = parameters.map(([name = '', value = '']) => `${escapeForLink(name)}=${escapeForLink(value)}`).join('&');
  return `<${path}?${text}>; rel="${relation}"`;
}

function isKnown({ routeOptions }: FastifyRequest, parameter: string): boolean {
  const known = routeOptions.schema?.querystring as { readonly properties?: object } | undefined;
  return Object.hasOwn(known?.properties ?? {}, parameter);
}

/** Harbor leaves the query readable; what would end the link, the value or the header stays escaped. */
function escapeForLink(text: string): string {
  return encodeURIComponent(text).replaceAll(/%(?:3D|7E|2C|2F|3A)/g, (escaped) => decodeURIComponent(escaped));
}
