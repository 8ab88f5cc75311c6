import { OciError } from './errors.ts';

/** What a token may do with one resource (Docker token authentication, "resource scope"). */
export interface ResourceScope {
  /** `repository` or `registry`; other types are read too. */
  readonly type: string;
  /** The word in parentheses, such as `plugin` in `repository(plugin):…`. */
  readonly class?: string;
  /** A repository's name, which may begin with a host and port, or `catalog`. */
  readonly name: string;
  /** In the order given, each once; may be empty. */
  readonly actions: readonly string[];
}

const SCOPE_FORM = /^([a-z0-9]+)(?:\(([a-z0-9]+)\))?:([^\s"\\,]+):([a-z*]*(?:,[a-z*]*)*)$/;
const MAX_SCOPE_LENGTH = 1024;

/** @returns undefined when the text is not a scope. A name may hold colons: the actions follow the last one. */
export function parseScope(text: string): ResourceScope | undefined {
  if (text.length > MAX_SCOPE_LENGTH) return undefined;
  const [, type, resourceClass, name, actionsText] = SCOPE_FORM.exec(text) ?? [];
  if (type === undefined || name === undefined || actionsText === undefined) return undefined;
  const actions = [...new Set(actionsText.split(','))].filter((action) => action !== '');
  return { type, name, actions, ...(resourceClass === undefined ? {} : { class: resourceClass }) };
}

export interface ParseScopesOptions {
  /** Most distinct resources in one request. */
  readonly max: number;
}

/**
 * Reads the `scope` parameters of a token request: repeated, joined by spaces, or both. Scopes for one resource are merged,
 * and what is not a scope is skipped, as one bad scope must not cost a client the others.
 * @throws OciError UNSUPPORTED with status 400 when there are more than `max` resources.
 */
export function parseScopes(texts: readonly string[], options: ParseScopesOptions): readonly ResourceScope[] {
  const byResource = new Map<string, ResourceScope>();
  for (const text of texts.flatMap((parameter) => parameter.split(' '))) {
    const scope = parseScope(text);
    if (scope === undefined) continue;
    const resource = formatResource(scope);
    const known = byResource.get(resource);
    byResource.set(resource, known === undefined ? scope : mergeActions(known, scope));
    if (byResource.size > options.max) {
      throw new OciError('UNSUPPORTED', `A token request may name at most ${options.max} resources.`, { status: 400 });
    }
  }
  return [...byResource.values()];
}

function mergeActions(left: ResourceScope, right: ResourceScope): ResourceScope {
  return { ...left, actions: [...new Set([...left.actions, ...right.actions])] };
}

/** The inverse of `parseScope`. */
export function formatScope(scope: ResourceScope): string {
  return `${formatResource(scope)}:${scope.actions.join(',')}`;
}

function formatResource(scope: ResourceScope): string {
  return `${scope.type}${scope.class === undefined ? '' : `(${scope.class})`}:${scope.name}`;
}
