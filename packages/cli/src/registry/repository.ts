import type { RegistryConnection } from './registry-connection.ts';

/** One repository of one registry, opened for certain actions. */
export interface Repository {
  readonly connection: RegistryConnection;
  readonly name: string;
  /** What the tokens for it allow. */
  readonly scopes: readonly string[];
}

export type RepositoryAction = 'pull' | 'push' | 'delete';

/** `mountFrom` names repositories of the same registry that blobs may be mounted from. */
export function openRepository(
  connection: RegistryConnection,
  name: string,
  actions: readonly RepositoryAction[],
  mountFrom: readonly string[] = [],
): Repository {
  const others = mountFrom.filter((other) => other !== name).map((other) => `repository:${other}:pull`);
  return { connection, name, scopes: [`repository:${name}:${actions.join(',')}`, ...others] };
}

/** For messages: `host/name`, with `:tag` or `@digest`. */
export function describeReference(repository: Repository, reference = ''): string {
  const separator = reference === '' ? '' : reference.includes(':') ? '@' : ':';
  return `${repository.connection.server.host}/${repository.name}${separator}${reference}`;
}
