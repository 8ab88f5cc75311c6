import type { RawAnswer } from '../raw-answer.ts';
import type { RawRequest } from '../raw-request.ts';
import type { NoAnswer } from '../raw-socket.ts';

export type Headers = readonly (readonly [string, string])[];

/** A request with a document, as the text of it, or without one. */
export function jsonRequest(method: string, target: string, document?: unknown, headers: Headers = []): RawRequest {
  if (document === undefined) return { method, target, headers };
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return {
    method,
    target,
    headers: [...(hasType(headers) ? [] : ([['Content-Type', 'application/json']] as const)), ...headers],
    body: Buffer.from(text, 'utf8'),
  };
}

function hasType(headers: Headers): boolean {
  return headers.some(([name]) => name.toLowerCase() === 'content-type');
}

/** @throws Error unless there is an answer with a document of JSON in it */
export function readDocument<Document>(answer: RawAnswer | NoAnswer): Document {
  if (typeof answer === 'string') throw new Error(`no answer came: ${answer}`);
  return JSON.parse(answer.body.toString('utf8')) as Document;
}

/** Whether what was asked for was done. */
export function isDone(answer: RawAnswer | NoAnswer): answer is RawAnswer {
  return typeof answer !== 'string' && answer.status < 400;
}
