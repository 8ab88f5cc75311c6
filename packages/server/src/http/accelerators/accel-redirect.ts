import path from 'node:path';
import type { ClientAddresses } from '../client-addresses.ts';
import type { BlobAccelerator } from './blob-accelerator.ts';

export interface AccelRedirectOptions {
  /** The address that nginx keeps for itself, such as `/internal-blobs`; what stands behind it is a path below `rootDir`. */
  readonly prefix: string;
  readonly rootDir: string;
  /** Only a trusted proxy gets such an answer: to anybody else it would be a blob without bytes. */
  readonly addresses: Pick<ClientAddresses, 'isProxied'>;
}

/** One range in the form that leaves nothing to interpret. */
const PLAIN_RANGE = /^bytes=(?:\d{1,15}-\d{0,15}|-\d{1,15})$/;
/** Conditions that nginx would judge once more, by the file's time instead of the digest. */
const OTHER_CONDITIONS = ['if-range', 'if-match', 'if-modified-since', 'if-unmodified-since'] as const;

/**
 * Answers with `X-Accel-Redirect`: an nginx in front then sends the file itself, with sendfile(2), and under its own TLS.
 * It reads the client's Range header itself too, so an answer goes this way only where it comes to the same.
 */
export function createAccelRedirect({ prefix, rootDir, addresses }: AccelRedirectOptions): BlobAccelerator {
  return {
    takes: ({ method, request }, { status }) => {
      const { headers } = request;
      if (method !== 'GET' || !addresses.isProxied(request)) return false;
      const isSameToBoth = status === 206 ? PLAIN_RANGE.test(headers.range ?? '') : headers.range === undefined;
      if (!isSameToBoth) return false;
      return OTHER_CONDITIONS.every((name) => headers[name] === undefined);
    },
    send: async (exchange, { headers }, location) => {
      if (location.kind !== 'file') return false;
      const below = path.relative(rootDir, location.path);
      if (below.startsWith('..') || path.isAbsolute(below)) return false;
      // nginx says these itself, once it has looked at the file.
      const { 'Content-Length': _length, 'Content-Range': _range, 'Accept-Ranges': _ranges, ...others } = headers;
      exchange.send(200, { ...others, 'X-Accel-Redirect': `${prefix}/${encodeURI(below)}` });
      return true;
    },
  };
}
