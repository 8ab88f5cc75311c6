import type { RawAnswer } from './raw-answer.ts';
import { showBytes } from './raw-request.ts';

/** Error codes that the distribution specification lists, and those that registries add to it. */
const CODE = /^[A-Z][A-Z_]+$/;
/** Controls of terminals (C0, DEL, C1) and of the direction and lines of text, which make a log lie. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
/** What only the inside of a server says. */
const INSIDE =
  /\n\s*at |\bat [\w.<>]+ \(|node:internal|node_modules|file:\/\/|\.ts:\d|SQLITE|sqlite|ENOENT|EACCES|errno|Kysely|FST_|HPE_/;

/**
 * What is wrong with an answer whatever the request was: a server error, an error of another shape than the
 * specification's (§ Error Codes), an inside of the server that shows, a raw control character, a header of the attacker's.
 */
export function findAnswerFaults(
  answer: RawAnswer,
  request: { readonly method: string; readonly target: string },
  secrets: readonly string[],
): readonly string[] {
  const faults: string[] = [];
  const { status, headers, head } = answer;
  if (status >= 500) faults.push(`a server error: ${status}`);
  if (headers.has('x-injected')) faults.push('a header that the request injected');
  const injected = Array.from(head.replaceAll('\r\n', '')).find((character) => isControl(character.charCodeAt(0)));
  if (injected !== undefined) faults.push(`a control character in the headers: ${showBytes(injected)}`);
  if (status < 400) return faults;
  if (request.method !== 'HEAD' && !isRefusedForm(answer, request.target))
    faults.push(...findBodyFaults(answer, isOfDistribution(request.target)));
  const text = `${head}\n${answer.body.toString('latin1')}`;
  const inside = INSIDE.exec(text)?.[0] ?? secrets.find((secret) => text.includes(secret));
  // What stands in the request already, and only comes back quoted, gives nothing away.
  if (inside !== undefined && !isQuoted(inside, request.target))
    faults.push(`the inside of the server shows: ${showBytes(inside)}`);
  return faults;
}

/** Harbor's form of signing in says no without a word. */
function isRefusedForm({ status, body }: RawAnswer, target: string): boolean {
  return status === 401 && body.length === 0 && /^\/c\/login(?:\?|$)/.test(target);
}

function isQuoted(text: string, target: string): boolean {
  const decoded = target.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return target.includes(text) || decoded.includes(text);
}

function isControl(code: number): boolean {
  return code < 0x20 || code === 0x7f;
}

/** What never became a request has the shape of `/v2` errors too; only other paths of this server have their own. */
function isOfDistribution(target: string): boolean {
  return /^\/v2(?:[/?]|$)/.test(target) || !target.startsWith('/');
}

function findBodyFaults({ status, headers, body }: RawAnswer, isDistribution: boolean): readonly string[] {
  const type = headers.get('content-type') ?? '';
  // Harbor's sign-in answers with a status alone.
  if (body.length === 0 && type === '' && !isDistribution) return [];
  if (!/^application\/json(?:; ?charset=utf-8)?$/.test(type)) return [`an error of the type ${showBytes(type)}`];
  const text = body.toString('utf8');
  const control = CONTROL.exec(text)?.[0];
  if (control !== undefined) return [`a control character in the body of an error: ${showBytes(control)}`];
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return [`an error that is not JSON: ${status} ${showBytes(text)}`];
  }
  if (!isDistribution || isErrorDocument(document)) return [];
  return [`an error of another shape than the specification's: ${showBytes(text)}`];
}

function isErrorDocument(document: unknown): boolean {
  if (typeof document !== 'object' || document === null || !('errors' in document)) return false;
  const { errors } = document;
  return Array.isArray(errors) && errors.length > 0 && errors.every(isErrorEntry);
}

function isErrorEntry(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null || !('code' in entry) || !('message' in entry)) return false;
  const { code, message } = entry;
  return typeof code === 'string' && CODE.test(code) && typeof message === 'string' && message.length < 4_096;
}

/** The code of the first error; undefined when there is none. */
export function errorCodeOf({ body }: RawAnswer): string | undefined {
  return /^\{"errors":\[\{"code":"([A-Z_]+)"/.exec(body.toString('latin1'))?.[1];
}
