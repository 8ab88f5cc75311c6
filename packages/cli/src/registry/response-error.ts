import { CliError } from '../cli-error.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { findJson, findString, listOf, recordOf } from '../json-shape.ts';

/** One entry of the `errors` list of the distribution specification; Harbor's API uses the same shape. */
export interface ServerError {
  readonly code: string;
  readonly message: string;
}

const MAX_ERROR_BODY_BYTES = 64 * 1024;

/** Reads at most 64 KiB of the answer. A body of another shape becomes one entry without a code. */
export async function readServerErrors(response: Response): Promise<readonly ServerError[]> {
  const text = await readLimited(response);
  const errors = listOf(recordOf(findJson(text))['errors']).map((item) => ({
    code: findString(recordOf(item), 'code') ?? '',
    message: findString(recordOf(item), 'message') ?? '',
  }));
  if (errors.length > 0) return errors;
  const line = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
  return line === '' ? [] : [{ code: '', message: line }];
}

/** Turns an answer that was not expected into what the user sees. `action` completes "cannot …". */
export async function createResponseError(response: Response, action: string): Promise<CliError> {
  const errors = await readServerErrors(response).catch(() => []);
  const codes = errors.map((error) => error.code);
  const words = errors.map((error) => [error.code, error.message].filter((part) => part !== '').join(': '));
  return new CliError(pickExitCode(response.status, codes), `cannot ${action}`, {
    why: [`the server answered ${response.status}`, ...words].join('; '),
    remedy: speaksTls(errors) ? 'write https:// in front of the server' : findRemedy(response, codes),
  });
}

function pickExitCode(status: number, codes: readonly string[]): ExitCode {
  if (codes.includes('DIGEST_INVALID') || codes.includes('SIZE_INVALID')) return EXIT_CODE.verification;
  if (status === 401 || status === 403) return EXIT_CODE.authentication;
  if (status === 404) return EXIT_CODE.notFound;
  if (status === 405 || status === 409 || status === 412) return EXIT_CODE.conflict;
  return EXIT_CODE.failure;
}

/** Servers in Go and nginx tell a client that talks http to their TLS port. */
function speaksTls(errors: readonly ServerError[]): boolean {
  return errors.some(({ code, message }) => code === '' && /http request (was sent )?to (an )?https/i.test(message));
}

function findRemedy(response: Response, codes: readonly string[]): string | undefined {
  const retryAfter = response.headers.get('retry-after');
  if (response.status === 401) return 'log in with `roadstead login`, or give --username and --password-stdin';
  if (response.status === 403) return 'ask an administrator of the project for the right, or log in as somebody else';
  if (response.status === 413) return 'ask the operator of the server for a higher limit';
  if (response.status === 429) return retryAfter ? `repeat after ${retryAfter}` : 'repeat later';
  if (codes.includes('NAME_UNKNOWN')) return 'check the spelling; `roadstead ls` shows what you may read';
  if (codes.includes('MANIFEST_UNKNOWN')) return '`roadstead tags REPOSITORY` shows what is there';
  if (response.status >= 500) return "repeat later; the server's log says more";
  return undefined;
}

async function readLimited(response: Response): Promise<string> {
  if (response.body === null) return '';
  const parts: Uint8Array[] = [];
  let byteCount = 0;
  for await (const part of response.body) {
    parts.push(part);
    byteCount += part.byteLength;
    if (byteCount >= MAX_ERROR_BODY_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, MAX_ERROR_BODY_BYTES).toString('utf8');
}
