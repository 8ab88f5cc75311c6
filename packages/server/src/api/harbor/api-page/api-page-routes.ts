import { gunzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  applyManagementConventions,
  type ManagementConventionDependencies,
} from '../../../http/management-conventions.ts';
import { onFirstUse } from '../../../kernel/on-first-use.ts';
import { readProductVersion } from '../../../kernel/product-version.ts';
import { HARBOR_BASE } from '../openapi/serve-operation.ts';
import type { PackedText } from '../openapi/served-document.ts';

/** Where Harbor has its page of the API. */
const PAGE = '/devcenter-api-2.0';
const DOCUMENT = `${HARBOR_BASE}/openapi.json`;

/** The description of Harbor's API as it is served here: for programs as OpenAPI 3.1, for people as a page. Both are for anyone. */
export function registerApiPageRoutes(app: FastifyInstance, dependencies: ManagementConventionDependencies): void {
  // Most processes never show it, and it is all of the contract.
  const describe = async () => {
    const { describeServed, packText } = await import('../openapi/served-document.ts');
    return { document: describeServed(app, readProductVersion()), packText };
  };
  const document = onFirstUse(async () => {
    const { document, packText } = await describe();
    return packText(JSON.stringify(document));
  });
  const page = onFirstUse(async () => {
    const { document, packText } = await describe();
    const { API_PAGE_HEADERS, renderApiPage } = await import('./render-api-page.ts');
    return { ...packText(renderApiPage(document, DOCUMENT)), headers: API_PAGE_HEADERS };
  });
  app.register(async (routes) => {
    applyManagementConventions(routes, dependencies);
    routes.get(DOCUMENT, async (request, reply) => {
      reply.type('application/json; charset=utf-8');
      return sendPacked(request, reply, await document());
    });
    routes.get(PAGE, async (request, reply) => {
      const { headers, ...packed } = await page();
      return sendPacked(request, reply.headers(headers), packed);
    });
    routes.get(HARBOR_BASE, async (_request, reply) => reply.redirect(PAGE, 302));
  });
}

/** RFC 9110, sections 12.5.3 and 13.1.2. */
function sendPacked(request: FastifyRequest, reply: FastifyReply, { gzipped, etag }: PackedText): FastifyReply {
  reply.headers({ etag, 'cache-control': 'no-cache', vary: 'Accept-Encoding' });
  if (isOneOf(request.headers['if-none-match'], etag)) return reply.code(304).send();
  if (!takesGzip(request.headers['accept-encoding'])) return reply.send(gunzipSync(gzipped));
  return reply.header('content-encoding', 'gzip').send(gzipped);
}

function isOneOf(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

function takesGzip(header: string | undefined): boolean {
  return /(?:^|,)\s*(?:gzip|x-gzip|\*)\s*(?:,|$|;\s*q=(?:1|0?\.\d*[1-9]))/i.test(header ?? '');
}
