import type { FastifyReply } from 'fastify';
import { describeManagementError } from './render-management-error.ts';

/** The kinds of errors of OVH's API; others have none of their own there. */
const CLASSES: Readonly<Record<number, string>> = {
  400: 'Client::BadRequest',
  401: 'Client::Unauthorized',
  403: 'Client::Forbidden',
  404: 'Client::NotFound',
  409: 'Client::Conflict',
  // The state of things is against it.
  412: 'Client::Conflict',
};

/** Answers with the error envelope of OVH's API, `class` and `message`, and beside it with that of the management API. */
export function renderOvhError(error: unknown, reply: FastifyReply): FastifyReply {
  const { status, code, message } = describeManagementError(error, reply);
  const kind = CLASSES[status] ?? (status < 500 ? 'Client::BadRequest' : 'Server::InternalServerError');
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({ class: kind, message, errors: [{ code, message }] });
}
