import { ProductError } from '../../kernel/errors.ts';

/** What the operator configured for the hosts of instances. */
export interface HostAssignment {
  readonly instanceDomain: string | undefined;
  readonly instancePorts: { readonly first: number; readonly last: number } | undefined;
}

/**
 * The hosts of a new instance for which nobody named one: its name below the instance domain, or the lowest free port.
 * @param taken the hosts of all instances
 * @throws ProductError BAD_REQUEST when neither is configured, CONFLICT when every port is taken
 */
export function assignHosts(id: string, assignment: HostAssignment, taken: readonly string[]): readonly string[] {
  const { instanceDomain, instancePorts } = assignment;
  if (instanceDomain !== undefined) return [`${id}.${instanceDomain}`];
  if (instancePorts === undefined) {
    throw new ProductError(
      'BAD_REQUEST',
      `the instance ${id} needs a host: name it by --host, or set ROADSTEAD_INSTANCE_DOMAIN or ROADSTEAD_INSTANCE_PORTS`,
    );
  }
  const used = new Set(taken);
  for (let port = instancePorts.first; port <= instancePorts.last; port += 1) {
    const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
    if (!hosts.some((host) => used.has(host))) return hosts;
  }
  throw new ProductError(
    'CONFLICT',
    `every port of ROADSTEAD_INSTANCE_PORTS (${instancePorts.first}-${instancePorts.last}) is taken: widen the range`,
  );
}
