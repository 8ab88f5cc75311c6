const WHY = 'for administrators, of the registry as a whole';
const SCAN = 'POST /api/v2.0/projects/:project_name/repositories/:repository_name/artifacts/:reference/scan';

/** Operations on services elsewhere of which nothing is smuggled into the body. */
export const EXTERNAL_SERVICES_NOT_TRIED: readonly (readonly [string, string])[] = [
  ['POST /api/v2.0/registries', WHY],
  ['POST /api/v2.0/registries/ping', WHY],
  ['PUT /api/v2.0/registries/888888', WHY],
  ['POST /api/v2.0/scanners', WHY],
  ['POST /api/v2.0/scanners/ping', WHY],
  ['PUT /api/v2.0/scanners/888888', WHY],
  ['PATCH /api/v2.0/scanners/888888', WHY],
  ['PUT /api/v2.0/projects/:project_name_or_id/scanner', 'reads the uuid alone; the project is that of the path'],
  [SCAN, 'reads its one field, and starts nothing'],
  [`${SCAN}/stop`, 'reads its one field, and stops nothing'],
  ['POST /api/v2.0/system/scanAll/schedule', WHY],
  ['PUT /api/v2.0/system/scanAll/schedule', WHY],
  ['POST /api/v2.0/replication/policies', WHY],
  ['PUT /api/v2.0/replication/policies/888888', WHY],
  ['POST /api/v2.0/replication/executions', WHY],
];
