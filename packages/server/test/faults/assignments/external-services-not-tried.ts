const WHY = 'for administrators, of the registry as a whole';

/** Operations on services elsewhere of which nothing is smuggled into the body. */
export const EXTERNAL_SERVICES_NOT_TRIED: readonly (readonly [string, string])[] = [
  ['POST /api/v2.0/registries', WHY],
  ['POST /api/v2.0/registries/ping', WHY],
  ['PUT /api/v2.0/registries/888888', WHY],
  ['POST /api/v2.0/replication/policies', WHY],
  ['PUT /api/v2.0/replication/policies/888888', WHY],
  ['POST /api/v2.0/replication/executions', WHY],
];
