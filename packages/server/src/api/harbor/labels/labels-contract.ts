import { created, ok, operation, pageOf } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE, SORT } from '../openapi/parameters.ts';
import { Int64, optional, Text } from '../openapi/schemas.ts';
import { Label } from '../openapi/shared-models.ts';

export const listLabels = operation({
  id: 'ListLabels',
  tag: 'label',
  method: 'GET',
  path: '/labels',
  summary: 'Labels of the registry, or of a project.',
  access: 'scope g: A; scope p: P label:list',
  query: {
    q: FILTER,
    sort: SORT,
    page: PAGE,
    page_size: PAGE_SIZE,
    name: optional(Text),
    scope: optional(Text),
    project_id: optional(Int64),
  },
  success: pageOf(Label),
  errors: [400, 401, 500],
});

export const createLabel = operation({
  id: 'CreateLabel',
  tag: 'label',
  method: 'POST',
  path: '/labels',
  summary: 'Makes a label.',
  access: 'scope g: S label:create / scope p: P label:create',
  body: Label,
  success: created(),
  errors: [400, 401, 409, 415, 500],
});

export const getLabelByID = operation({
  id: 'GetLabelByID',
  tag: 'label',
  method: 'GET',
  path: '/labels/{label_id}',
  summary: 'Shows a label.',
  access: 'g: S / p: P label:read',
  params: { label_id: Int64 },
  success: ok(Label),
  errors: [401, 404, 500],
});

export const updateLabel = operation({
  id: 'UpdateLabel',
  tag: 'label',
  method: 'PUT',
  path: '/labels/{label_id}',
  summary: 'Changes a label.',
  access: 'g: S / p: P label:update',
  params: { label_id: Int64 },
  body: Label,
  success: ok(),
  errors: [400, 401, 404, 409, 500],
});

export const deleteLabel = operation({
  id: 'DeleteLabel',
  tag: 'label',
  method: 'DELETE',
  path: '/labels/{label_id}',
  summary: 'Deletes a label, and takes it from all artifacts.',
  access: 'g: S / p: P label:delete',
  params: { label_id: Int64 },
  success: ok(),
  errors: [400, 401, 404, 500],
});
