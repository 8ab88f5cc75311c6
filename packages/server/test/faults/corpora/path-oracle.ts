/**
 * What a path of the distribution API must be answered with, written from the specification's grammar and the project's
 * documents alone: the registry has its own reader, and the two must agree.
 */
export interface PathVerdict {
  readonly kind: 'malformed' | 'elsewhere' | 'too-long' | 'no-route' | 'bad-name' | 'route';
  /** Where kind is `route`. */
  readonly repository?: string;
  readonly route?: RouteKind;
  readonly argument?: string;
}

export type RouteKind = 'ping' | 'catalog' | 'manifest' | 'blob' | 'uploads' | 'upload' | 'tags' | 'referrers';

const METHODS: Readonly<Record<RouteKind, readonly string[]>> = {
  ping: ['GET', 'HEAD'],
  catalog: ['GET', 'HEAD'],
  manifest: ['GET', 'HEAD', 'PUT', 'DELETE'],
  blob: ['GET', 'HEAD', 'DELETE'],
  uploads: ['POST'],
  upload: ['GET', 'PATCH', 'PUT', 'DELETE'],
  tags: ['GET', 'HEAD'],
  referrers: ['GET', 'HEAD'],
};

const MAX_PATH_CHARACTERS = 2_048;
const MAX_NAME_CHARACTERS = 255;
const MAX_SEGMENT_CHARACTERS = 128;

/** @param sent as in the request line; one character for each byte */
export function judgePath(sent: string): PathVerdict {
  // What holds a version and a line end of its own ends there: the rest of it is headers.
  const target = /^([!-~]+) HTTP\/1\.1\r\n/.exec(sent)?.[1] ?? sent;
  // RFC 3986 §2: a URI is ASCII without control characters and spaces; a request with another has no request line.
  if (Array.from(target).some((character) => character <= ' ' || character >= '\x7f')) return { kind: 'malformed' };
  const [path = ''] = target.split('?');
  if (path !== '/v2' && !path.startsWith('/v2/')) return { kind: 'elsewhere' };
  if (path === '/v2' || path === '/v2/') return { kind: 'route', route: 'ping' };
  if (path === '/v2/_catalog') return { kind: 'route', route: 'catalog' };
  if (path.length > MAX_PATH_CHARACTERS) return { kind: 'too-long' };
  const split = splitRoute(path.slice('/v2/'.length));
  if (split === undefined) return { kind: 'no-route' };
  if (!isValidName(split.repository)) return { kind: 'bad-name' };
  return { kind: 'route', ...split };
}

type Split = Required<Omit<PathVerdict, 'kind'>>;

/** The route words stand at the end, since names may hold them; only the argument of an upload list may be empty. */
function splitRoute(rest: string): Split | undefined {
  const uploads = /^(.*)\/blobs\/uploads(?:\/([^/]*))?$/s.exec(rest) ?? /^()blobs\/uploads(?:\/([^/]*))?$/s.exec(rest);
  if (uploads !== null) {
    const [, repository = '', argument = ''] = uploads;
    return { repository, route: argument === '' ? 'uploads' : 'upload', argument };
  }
  const tags = /^(?:(.*)\/)?tags\/list$/s.exec(rest);
  if (tags !== null) return { repository: tags[1] ?? '', route: 'tags', argument: '' };
  const [, repository = '', word, argument = ''] =
    /^(?:(.*)\/)?(manifests|blobs|referrers)\/([^/]*)$/s.exec(rest) ?? [];
  if (word === undefined) return undefined;
  return { repository, route: word === 'manifests' ? 'manifest' : word === 'blobs' ? 'blob' : 'referrers', argument };
}

export function isValidName(name: string): boolean {
  if (name.length > MAX_NAME_CHARACTERS) return false;
  return name.split('/').every((segment) => {
    if (segment.length > MAX_SEGMENT_CHARACTERS) return false;
    const parts = segment.split(/\.|__|_|-+/);
    return parts.every((part) => /^[a-z0-9]+$/.test(part));
  });
}

/**
 * The statuses with which a request must be answered whose path is hostile, or names something that is not there. The
 * answer to a project that does not exist is the one to a project that one may not see.
 * @param isOurs whether the project of the repository exists
 */
export function allowedStatuses(
  method: string,
  target: string,
  isOurs: (repository: string) => boolean,
): readonly number[] {
  const { kind, route, repository = '' } = judgePath(target);
  switch (kind) {
    case 'malformed':
    case 'bad-name':
      return [400];
    case 'elsewhere':
      return [400, 403, 404, 405, 414, 422];
    case 'too-long':
      return [414];
    case 'no-route':
      return [404];
    case 'route':
      if (route !== undefined && !METHODS[route].includes(method)) return [405];
      if (isOurs(repository)) return [400, 404];
      // Repositories lie in projects: `<project>/<repository…>`.
      return repository.includes('/') ? [403] : [400, 404];
  }
}
