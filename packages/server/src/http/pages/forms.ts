import type { FastifyInstance, FastifyRequest } from 'fastify';

export const MAX_FORM_BYTES = 8 * 1024;

/** Forms and nothing else are taken: of pages, and of programs (RFC 8628 § 3.1). */
export function takeForms(routes: FastifyInstance): void {
  routes.removeAllContentTypeParsers();
  const options = { parseAs: 'string', bodyLimit: MAX_FORM_BYTES } as const;
  routes.addContentTypeParser('application/x-www-form-urlencoded', options, async (_: unknown, body: string) => body);
}

export function readForm(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(typeof request.body === 'string' ? request.body : '');
}
