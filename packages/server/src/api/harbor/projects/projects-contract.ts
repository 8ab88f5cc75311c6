import Type from 'typebox';
import { created, ok, operation, pageOf } from '../openapi/operation.ts';
import {
  ACCEPT_VULNERABILITIES,
  FILTER,
  IS_RESOURCE_NAME,
  NAME_IN_LOCATION,
  PAGE,
  PAGE_SIZE,
  PROJECT_NAME,
  PROJECT_NAME_OR_ID,
  SORT,
} from '../openapi/parameters.ts';
import { Flag, optional, Text } from '../openapi/schemas.ts';
import { Artifact, AuditLog, AuditLogExt, Project, ScannerRegistration } from '../openapi/shared-models.ts';
import { ProjectDeletable, ProjectReq, ProjectScanner, ProjectSummary } from './projects-models.ts';

export const listProjects = operation({
  id: 'listProjects',
  tag: 'project',
  method: 'GET',
  path: '/projects',
  summary: 'List visible projects',
  access: 'any (anonymous sees public only)',
  query: {
    q: FILTER,
    page: PAGE,
    page_size: PAGE_SIZE,
    sort: SORT,
    name: optional(Text),
    public: optional(Flag),
    owner: optional(Text),
    with_detail: optional(Type.Boolean({ default: true })),
  },
  success: pageOf(Project),
  errors: [401, 500],
});

export const headProject = operation({
  id: 'headProject',
  tag: 'project',
  method: 'HEAD',
  path: '/projects',
  summary: 'Project-name existence (200/404)',
  access: 'A',
  query: { project_name: Text },
  success: ok(),
  errors: [400, 404, 500],
});

export const createProject = operation({
  id: 'createProject',
  tag: 'project',
  method: 'POST',
  path: '/projects',
  summary: 'New project (Location header)',
  access: 'A; sysadmin only if project_creation_restriction=adminonly; robots need project:create',
  headers: { 'x-resource-name-in-location': NAME_IN_LOCATION },
  body: ProjectReq,
  success: created(),
  errors: [400, 401, 409, 500],
});

export const getProject = operation({
  id: 'getProject',
  tag: 'project',
  method: 'GET',
  path: '/projects/{project_name_or_id}',
  summary: 'One project',
  access: 'P project-self:read',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(Project),
  errors: [401, 500],
});

export const updateProject = operation({
  id: 'updateProject',
  tag: 'project',
  method: 'PUT',
  path: '/projects/{project_name_or_id}',
  summary: 'Change metadata/quota/allowlist',
  access: 'P project-self:update',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  body: ProjectReq,
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});

export const deleteProject = operation({
  id: 'deleteProject',
  tag: 'project',
  method: 'DELETE',
  path: '/projects/{project_name_or_id}',
  summary: 'Delete; 412 if not empty',
  access: 'P project-self:delete',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(),
  errors: [400, 403, 404, 412, 500],
});

export const getProjectDeletable = operation({
  id: 'getProjectDeletable',
  tag: 'project',
  method: 'GET',
  path: '/projects/{project_name_or_id}/_deletable',
  summary: '{deletable,message}',
  access: 'P project-self:delete',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(ProjectDeletable),
  errors: [401, 403, 404, 500],
});

export const getProjectSummary = operation({
  id: 'getProjectSummary',
  tag: 'project',
  method: 'GET',
  path: '/projects/{project_name_or_id}/summary',
  summary: 'Repo count, role counts, quota, registry',
  access: 'P project-self:read',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(ProjectSummary),
  errors: [400, 401, 403, 404, 500],
});

export const listArtifactsOfProject = operation({
  id: 'listArtifactsOfProject',
  tag: 'project',
  method: 'GET',
  path: '/projects/{project_name_or_id}/artifacts',
  summary: 'Lists the artifacts of all repositories of a project, what was pushed last first.',
  access: 'P artifact:list',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  query: {
    q: FILTER,
    sort: SORT,
    page: PAGE,
    page_size: PAGE_SIZE,
    with_tag: optional(Type.Boolean({ default: true })),
    with_label: optional(Type.Boolean({ default: false })),
    with_scan_overview: optional(Type.Boolean({ default: false })),
    with_sbom_overview: optional(Type.Boolean({ default: false })),
    with_immutable_status: optional(Type.Boolean({ default: false })),
    with_accessory: optional(Type.Boolean({ default: false })),
    latest_in_repository: optional(Type.Boolean({ default: false })),
  },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME, 'x-accept-vulnerabilities': ACCEPT_VULNERABILITIES },
  success: pageOf(Artifact),
  errors: [400, 401, 403, 404, 500],
});

export const getScannerOfProject = operation({
  id: 'getScannerOfProject',
  tag: 'project',
  method: 'GET',
  path: '/projects/{project_name_or_id}/scanner',
  summary: 'Effective scanner',
  access: 'P scanner:read',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: ok(ScannerRegistration),
  errors: [400, 401, 403, 404, 500],
});

export const setScannerOfProject = operation({
  id: 'setScannerOfProject',
  tag: 'project',
  method: 'PUT',
  path: '/projects/{project_name_or_id}/scanner',
  summary: 'Set project scanner {uuid}',
  access: 'P scanner:create',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  body: ProjectScanner,
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});

export const listScannerCandidatesOfProject = operation({
  id: 'listScannerCandidatesOfProject',
  tag: 'project',
  method: 'GET',
  path: '/projects/{project_name_or_id}/scanner/candidates',
  summary: 'Selectable scanners',
  access: 'P scanner:create',
  params: { project_name_or_id: PROJECT_NAME_OR_ID },
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  headers: { 'x-is-resource-name': IS_RESOURCE_NAME },
  success: pageOf(ScannerRegistration),
  errors: [400, 401, 403, 500],
});

export const getLogs = operation({
  id: 'getLogs',
  tag: 'project',
  method: 'GET',
  path: '/projects/{project_name}/logs',
  summary: 'Lists what was done to the content and the robots of a project, and to the project itself.',
  access: 'P log:list',
  params: { project_name: PROJECT_NAME },
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(AuditLog),
  errors: [400, 401, 500],
});

export const getLogExts = operation({
  id: 'getLogExts',
  tag: 'project',
  method: 'GET',
  path: '/projects/{project_name}/auditlog-exts',
  summary: 'Lists everything that was done or tried in a project, with its result.',
  access: 'P log:list',
  params: { project_name: PROJECT_NAME },
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(AuditLogExt),
  errors: [400, 401, 500],
});
