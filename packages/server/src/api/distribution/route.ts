import { OciError, parseRepositoryName } from '@roadstead/oci';

/** What a path below `/v2/` names. */
export type Route =
  | { readonly kind: 'ping' }
  | { readonly kind: 'catalog' }
  | {
      readonly kind: 'manifest' | 'blob' | 'uploads' | 'upload' | 'tags' | 'referrers';
      readonly repository: string;
      readonly argument: string;
    };

const MAX_PATH_LENGTH = 2_048;

/**
 * Reads a path, from its right end, since repository names may hold the route words. Only the one canonical spelling of a
 * path has a meaning: nothing is normalized but the `%3A` that some clients write in digests.
 * @returns undefined when it is no path of the API.
 * @throws OciError NAME_INVALID, REQUEST_URI_TOO_LONG
 */
export function parseRoute(path: string): Route | undefined {
  if (path === '/v2/' || path === '/v2') return { kind: 'ping' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  if (path.length > MAX_PATH_LENGTH) {
    throw new OciError('REQUEST_URI_TOO_LONG', `A path may have ${MAX_PATH_LENGTH} characters at most.`);
  }
  const parts = path.slice('/v2/'.length).split('/');
  return readEnd(parts);
}

function readEnd(parts: readonly string[]): Route | undefined {
  const last = parts.at(-1) ?? '';
  const [word, before] = [parts.at(-2), parts.at(-3)];
  if (word === 'manifests') return named('manifest', parts.slice(0, -2), last);
  if (word === 'referrers') return named('referrers', parts.slice(0, -2), last);
  if (word === 'tags' && last === 'list') return named('tags', parts.slice(0, -2), '');
  if (before === 'blobs' && word === 'uploads') {
    return last === '' ? named('uploads', parts.slice(0, -3), '') : named('upload', parts.slice(0, -3), last);
  }
  if (word === 'blobs') {
    return last === 'uploads' ? named('uploads', parts.slice(0, -2), '') : named('blob', parts.slice(0, -2), last);
  }
  return undefined;
}

function named(kind: Exclude<Route['kind'], 'ping' | 'catalog'>, name: readonly string[], argument: string): Route {
  return { kind, repository: parseRepositoryName(name.join('/')), argument: decodeColon(argument) };
}

function decodeColon(text: string): string {
  return text.replace(/%3a/gi, ':');
}
