import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';

const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ROADSTEAD_STALLED',
]);

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'check that the server is running and that the port is right'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'check the spelling of the host name, and the DNS'],
  [/^(EPROTO|ERR_SSL_)/, 'the server may speak plain http: try http:// in front of the host, or --plain-http'],
  [/^(UND_ERR_SOCKET|ECONNRESET|HPE_)/, 'the server may speak TLS: try https:// in front of the host'],
  [/(CERT|SIGNED|ISSUER|SIGNATURE|ALTNAME)/, 'give the certificate authority by --ca-cert FILE'],
];

/** The system's code of a failed fetch (`ECONNRESET`, `UND_ERR_SOCKET`, `CERT_HAS_EXPIRED` …), or ''. */
export function networkErrorCode(error: unknown): string {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    if (current.name === 'TimeoutError') return 'ETIMEDOUT';
  }
  return '';
}

/** Whether another attempt makes sense. A refused connection is a restart only if the server was seen before. */
export function isTransientNetworkError(error: unknown, server: { readonly hasAnswered: boolean }): boolean {
  const code = networkErrorCode(error);
  return TRANSIENT_CODES.has(code) || (code === 'ECONNREFUSED' && server.hasAnswered);
}

export function createNetworkError(url: URL, error: unknown): CliError {
  if (error instanceof CliError) return error;
  const own = findOwnError(error);
  if (own) return own;
  const code = networkErrorCode(error);
  const remedy = REMEDIES.find(([pattern]) => pattern.test(code))?.[1];
  return new CliError(EXIT_CODE.network, `${url.host} cannot be reached`, {
    why: [code, shorten(innermostMessage(error))].filter((part) => part !== '').join(': '),
    remedy: remedy ?? 'check the address and the network, then repeat',
    cause: error,
  });
}

/** A body that failed for a reason of ours (a file that cannot be read …) keeps its own message. */
function findOwnError(error: unknown): CliError | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof CliError) return current;
  }
  return undefined;
}

function innermostMessage(error: unknown): string {
  let message = String(error);
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if (current.message !== '') message = current.message;
  }
  return message;
}

/** The first clause, without OpenSSL's numbers and file names. */
function shorten(message: string): string {
  const [, , , opensslReason] = /^[0-9A-F]+:error:([^:]*):([^:]*):[^:]*:([^:]*):/.exec(message) ?? [];
  return opensslReason ?? message.split(/[\n;]/, 1)[0] ?? '';
}
