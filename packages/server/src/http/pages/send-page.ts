import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProductError } from '../../kernel/errors.ts';
import { CSRF_HEADER } from '../assert-not-forged.ts';
import { PAGE_HEADERS, renderPage, renderProblem } from './plain-page.ts';

/** Answers with a page. */
export function sendPage(reply: FastifyReply, status: number, html: string): FastifyReply {
  // The page has it in its forms; nobody reads the header of a page.
  return reply.removeHeader(CSRF_HEADER).code(status).headers(PAGE_HEADERS).send(html);
}

/** What cannot go on, as a page: the error handler of routes that people see. */
export function sendRefusal(error: Error, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof ProductError) {
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
    return sendPage(reply, error.status, renderRefusal(error.message));
  }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status >= 500) reply.log.error(error);
  return sendPage(reply, status, renderRefusal(status < 500 ? 'the request cannot be read' : 'internal server error'));
}

function renderRefusal(message: string): string {
  return renderPage('This does not go on', renderProblem(message));
}
