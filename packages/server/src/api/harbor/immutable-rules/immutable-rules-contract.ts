import { created, ok, operation, pageOf } from '../openapi/operation.ts';
import { FILTER, IS_RESOURCE_NAME, PAGE, PAGE_SIZE, PROJECT_NAME_OR_ID, SORT } from '../openapi/parameters.ts';
import { Int64 } from '../openapi/schemas.ts';
import { ImmutableRule } from './immutable-rules-models.ts';

export const listImmuRules = operation({
  id: 'ListImmuRules',
  tag: 'immutable',
  method: 'GET',
  path: '/projects/{project_name_or_id}/immutabletagrules',
  summary: 'Lists the rules by which tags of the project stay where they are.',
  access: 'P immutable-tag:list',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  query: { page: PAGE, page_size: PAGE_SIZE, q: FILTER, sort: SORT },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: pageOf(ImmutableRule),
  errors: [400, 401, 403, 500],
});

export const createImmuRule = operation({
  id: 'CreateImmuRule',
  tag: 'immutable',
  method: 'POST',
  path: '/projects/{project_name_or_id}/immutabletagrules',
  summary: 'Makes a rule by which tags of the project stay where they are, of which there are 15 at most.',
  access: 'P immutable-tag:create',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  body: ImmutableRule,
  success: created(),
  errors: [400, 401, 403, 404, 500],
});

export const updateImmuRule = operation({
  id: 'UpdateImmuRule',
  tag: 'immutable',
  method: 'PUT',
  path: '/projects/{project_name_or_id}/immutabletagrules/{immutable_rule_id}',
  summary: 'Changes a rule as a whole, or switches it off or on.',
  access: 'P immutable-tag:update',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, immutable_rule_id: Int64 },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  body: ImmutableRule,
  success: ok(),
  errors: [400, 401, 403, 500],
});

export const deleteImmuRule = operation({
  id: 'DeleteImmuRule',
  tag: 'immutable',
  method: 'DELETE',
  path: '/projects/{project_name_or_id}/immutabletagrules/{immutable_rule_id}',
  summary: 'Deletes a rule: the tags that it kept can be moved and deleted again.',
  access: 'P immutable-tag:delete',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, immutable_rule_id: Int64 },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(),
  errors: [400, 401, 403, 500],
});
