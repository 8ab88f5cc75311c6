import { usageError } from '../cli-error.ts';
import type { JsonRecord } from '../json-shape.ts';

const PERMISSION = /^[a-z-]+:[a-z-]+$/;
const EXAMPLE =
  "--allow 'team=repository:pull,repository:push'; the place is a project, * for all of them, or / for the server";

/**
 * Reads `--allow PLACE=resource:action,…`.
 * @param project what is meant where no place is named
 * @returns the blocks of Harbor's API, one for each place
 * @throws CliError usage
 */
export function readPermissionArguments(texts: readonly string[], project: string | undefined): readonly JsonRecord[] {
  const places = new Map<string, Set<string>>();
  for (const text of texts) {
    const [, named, list = ''] = /^(?:([^=]*)=)?(.*)$/s.exec(text) ?? [];
    const place = named ?? project;
    if (place === undefined || place === '') throw usageError(`--allow ${text} names no place`, EXAMPLE);
    const known = places.get(place) ?? new Set();
    for (const permission of list.split(',')) {
      if (!PERMISSION.test(permission)) throw usageError(`${JSON.stringify(permission)} is no permission`, EXAMPLE);
      known.add(permission);
    }
    places.set(place, known);
  }
  return [...places].map(([place, permissions]) => ({
    kind: place === '/' ? 'system' : 'project',
    namespace: place,
    access: [...permissions].map((permission) => {
      const [resource, action] = permission.split(':');
      return { resource, action };
    }),
  }));
}

/** For `Option.argParser`: the option may be given several times. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
