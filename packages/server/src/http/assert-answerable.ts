import type { IncomingMessage } from 'node:http';
import { OciError, type OciErrorCode } from '@roadstead/oci';

/**
 * Refuses what Node's parser lets through and this server does not answer.
 * @param expectsContinue it waits for `100 Continue`, the one expectation that there is
 * @throws OciError with the status 400 or 417
 */
export function assertAnswerable(request: IncomingMessage, expectsContinue: boolean): void {
  const { httpVersion, httpVersionMajor, headers, url = '' } = request;
  // The parser takes a request line without a version for HTTP/0.9, and so a path that was cut by a line break.
  if (httpVersionMajor !== 1) throw refusal('This server speaks HTTP/1.1.');
  const hosts = countHosts(request);
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) {
    throw refusal('A request names one host (RFC 9112 §3.2).');
  }
  if (httpVersion === '1.1' && headers.expect !== undefined && !expectsContinue) {
    throw refusal('This server meets no expectation but 100-continue.', { status: 417 });
  }
  if (!url.startsWith('/')) {
    throw refusal('A request names a path that begins with a slash.', { code: 'NAME_INVALID' });
  }
}

function refusal(message: string, { status = 400, code = 'UNSUPPORTED' as OciErrorCode } = {}): OciError {
  return new OciError(code, message, { status });
}

function countHosts({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
}
