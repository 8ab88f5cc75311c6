const SYSTEM = 'for administrators, of the registry as a whole';
const OWN =
  'names its fields one by one, and refuses or leaves out what is none; the project is that of the path or of the id';

/** Operations on policies and upkeep of which nothing is smuggled into the body. */
export const POLICIES_NOT_TRIED: readonly (readonly [string, string])[] = [
  ['PUT /api/v2.0/quotas/:id', SYSTEM],
  ['POST /api/v2.0/labels', 'names its fields one by one; scope and project are judged: labels-api.test.ts'],
  ['PUT /api/v2.0/labels/:label_id', 'names its fields one by one; a label stays in its scope: labels-api.test.ts'],
  [
    'POST /api/v2.0/projects/:project_name/repositories/:repository_name/artifacts/:reference/labels',
    'reads the id alone; a label of another project is none: labels-api.test.ts',
  ],
  ['POST /api/v2.0/projects/:project_name_or_id/immutabletagrules', OWN],
  ['PUT /api/v2.0/projects/:project_name_or_id/immutabletagrules/:immutable_rule_id', OWN],
  [
    'POST /api/roadstead/v1/promotions',
    'names its fields one by one; the projects are those of the two names, and each is asked for',
  ],
  ['POST /api/v2.0/retentions', OWN],
  ['PUT /api/v2.0/retentions/:id', OWN],
  ['POST /api/v2.0/retentions/:id/executions', 'reads its one field, and nothing else'],
  ['PATCH /api/v2.0/retentions/:id/executions/:eid', 'reads its one field, and nothing else'],
  ['POST /api/v2.0/system/gc/schedule', SYSTEM],
  ['PUT /api/v2.0/system/gc/schedule', SYSTEM],
  ['POST /api/v2.0/system/purgeaudit/schedule', SYSTEM],
  ['PUT /api/v2.0/system/purgeaudit/schedule', SYSTEM],
  ['PUT /api/v2.0/jobservice/queues/:job_type', SYSTEM],
  ['PUT /api/v2.0/system/CVEAllowlist', SYSTEM],
  ['POST /api/v2.0/projects/:project_name_or_id/webhook/policies', OWN],
  ['PUT /api/v2.0/projects/:project_name_or_id/webhook/policies/:webhook_policy_id', OWN],
];
