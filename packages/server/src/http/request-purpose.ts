/** What a path is for: the registry with its token service, or the management of the instance. */
export type RequestPurpose = 'management' | 'registry';

/** The one list of the paths that belong to an instance. */
const PREFIXES: readonly (readonly [string, RequestPurpose])[] = [
  ['/v2', 'registry'],
  ['/service', 'registry'],
  ['/api', 'management'],
  ['/c', 'management'],
  ['/device', 'management'],
  ['/oidc-onboard', 'management'],
];

/** @returns undefined for what belongs to no instance: the health of the process, and what there is not */
export function purposeOf(path: string): RequestPurpose | undefined {
  for (const [prefix, purpose] of PREFIXES) {
    if (path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/')) return purpose;
  }
  return undefined;
}
