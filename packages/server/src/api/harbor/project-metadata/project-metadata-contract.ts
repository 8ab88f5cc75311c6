import { ok, operation } from '../openapi/operation.ts';
import { IS_RESOURCE_NAME, PROJECT_NAME_OR_ID } from '../openapi/parameters.ts';
import { mapOf, Text } from '../openapi/schemas.ts';

export const listProjectMetadatas = operation({
  id: 'listProjectMetadatas',
  tag: 'projectMetadata',
  method: 'GET',
  path: '/projects/{project_name_or_id}/metadatas/',
  summary: 'Map of metadata',
  access: 'P metadata:list',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(mapOf(Text)),
  errors: [400, 401, 403, 404, 500],
});

export const addProjectMetadatas = operation({
  id: 'addProjectMetadatas',
  tag: 'projectMetadata',
  method: 'POST',
  path: '/projects/{project_name_or_id}/metadatas/',
  summary: 'Add one key',
  access: 'P metadata:create',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  body: mapOf(Text),
  isBodyOptional: true,
  success: ok(),
  errors: [400, 401, 403, 404, 409, 500],
});

export const getProjectMetadata = operation({
  id: 'getProjectMetadata',
  tag: 'projectMetadata',
  method: 'GET',
  path: '/projects/{project_name_or_id}/metadatas/{meta_name}',
  summary: 'One key',
  access: 'P metadata:read',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, meta_name: Text },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(mapOf(Text)),
  errors: [400, 401, 403, 404, 500],
});

export const updateProjectMetadata = operation({
  id: 'updateProjectMetadata',
  tag: 'projectMetadata',
  method: 'PUT',
  path: '/projects/{project_name_or_id}/metadatas/{meta_name}',
  summary: 'Set one key',
  access: 'P metadata:update',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, meta_name: Text },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  body: mapOf(Text),
  isBodyOptional: true,
  success: ok(),
  errors: [400, 401, 403, 404, 409, 500],
});

export const deleteProjectMetadata = operation({
  id: 'deleteProjectMetadata',
  tag: 'projectMetadata',
  method: 'DELETE',
  path: '/projects/{project_name_or_id}/metadatas/{meta_name}',
  summary: 'Delete one key',
  access: 'P metadata:delete',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, meta_name: Text },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(),
  errors: [400, 401, 403, 404, 409, 500],
});
