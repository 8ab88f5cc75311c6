import { created, ok, operation, pageOf } from '../openapi/operation.ts';
import { IS_RESOURCE_NAME, PAGE, PAGE_SIZE, PROJECT_NAME_OR_ID } from '../openapi/parameters.ts';
import { Int64, optional, Text } from '../openapi/schemas.ts';
import { ProjectMember, ProjectMemberEntity, RoleRequest } from './members-models.ts';

export const listProjectMembers = operation({
  id: 'listProjectMembers',
  tag: 'member',
  method: 'GET',
  path: '/projects/{project_name_or_id}/members',
  summary: 'Members (users + groups)',
  access: 'P member:list',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  query: { page: PAGE, page_size: PAGE_SIZE, entityname: optional(Text) },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: pageOf(ProjectMemberEntity),
  errors: [400, 401, 403, 404, 500],
});

export const createProjectMember = operation({
  id: 'createProjectMember',
  tag: 'member',
  method: 'POST',
  path: '/projects/{project_name_or_id}/members',
  summary: 'Add user/group with role_id',
  access: 'P member:create',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  body: ProjectMember,
  isBodyOptional: true,
  success: created(),
  errors: [400, 401, 403, 409, 500],
});

export const getProjectMember = operation({
  id: 'getProjectMember',
  tag: 'member',
  method: 'GET',
  path: '/projects/{project_name_or_id}/members/{mid}',
  summary: 'One member',
  access: 'P member:read',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, mid: Int64 },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(ProjectMemberEntity),
  errors: [400, 401, 403, 404, 500],
});

export const updateProjectMember = operation({
  id: 'updateProjectMember',
  tag: 'member',
  method: 'PUT',
  path: '/projects/{project_name_or_id}/members/{mid}',
  summary: 'Change role',
  access: 'P member:update',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, mid: Int64 },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  body: RoleRequest,
  isBodyOptional: true,
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});

export const deleteProjectMember = operation({
  id: 'deleteProjectMember',
  tag: 'member',
  method: 'DELETE',
  path: '/projects/{project_name_or_id}/members/{mid}',
  summary: 'Remove member',
  access: 'P member:delete',
  params: { project_name_or_id: PROJECT_NAME_OR_ID, mid: Int64 },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(),
  errors: [400, 401, 403, 500],
});
