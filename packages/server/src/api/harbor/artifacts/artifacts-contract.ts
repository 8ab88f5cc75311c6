import Type from 'typebox';
import { created, ok, operation, pageOf } from '../openapi/operation.ts';
import {
  ACCEPT_VULNERABILITIES,
  FILTER,
  PAGE,
  PAGE_SIZE,
  PROJECT_NAME,
  REFERENCE,
  REPOSITORY_NAME,
  SORT,
  TAG_NAME,
} from '../openapi/parameters.ts';
import { Int64, oneOf, optional, Text } from '../openapi/schemas.ts';
import { Accessory, Artifact, Label, Tag } from '../openapi/shared-models.ts';
import { NewTag } from './artifacts-models.ts';

export const listArtifacts = operation({
  id: 'listArtifacts',
  tag: 'artifact',
  method: 'GET',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts',
  summary: 'Artifacts of repo',
  access: 'P artifact:list',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME },
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
  },
  headers: { 'x-accept-vulnerabilities': ACCEPT_VULNERABILITIES },
  success: pageOf(Artifact),
  errors: [400, 401, 403, 404, 500],
});

export const copyArtifact = operation({
  id: 'CopyArtifact',
  tag: 'artifact',
  method: 'POST',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts',
  summary: 'Copy (retag) from=project/repo@digest or :tag',
  access: 'P artifact:create + source artifact:read; not on proxy project',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME },
  query: { from: Text },
  success: created(),
  errors: [400, 401, 403, 404, 405, 500],
});

export const getArtifact = operation({
  id: 'getArtifact',
  tag: 'artifact',
  method: 'GET',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}',
  summary: 'By tag or digest',
  access: 'P artifact:read',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE },
  query: {
    page: PAGE,
    page_size: PAGE_SIZE,
    with_tag: optional(Type.Boolean({ default: true })),
    with_label: optional(Type.Boolean({ default: false })),
    with_scan_overview: optional(Type.Boolean({ default: false })),
    with_sbom_overview: optional(Type.Boolean({ default: false })),
    with_accessory: optional(Type.Boolean({ default: false })),
    with_signature: optional(Type.Boolean({ default: false })),
    with_immutable_status: optional(Type.Boolean({ default: false })),
  },
  headers: { 'x-accept-vulnerabilities': ACCEPT_VULNERABILITIES },
  success: ok(Artifact),
  errors: [400, 401, 403, 404, 500],
});

export const deleteArtifact = operation({
  id: 'deleteArtifact',
  tag: 'artifact',
  method: 'DELETE',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}',
  summary: 'Delete artifact (all tags, accessories)',
  access: 'P artifact:delete',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE },
  success: ok(),
  errors: [401, 403, 404, 500],
});

export const createTag = operation({
  id: 'createTag',
  tag: 'artifact',
  method: 'POST',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/tags',
  summary: 'Tag an artifact',
  access: 'P tag:create; not on proxy project',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE },
  body: NewTag,
  success: created(),
  errors: [400, 401, 403, 404, 405, 409, 500],
});

export const listTags = operation({
  id: 'listTags',
  tag: 'artifact',
  method: 'GET',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/tags',
  summary: 'Tags of artifact',
  access: 'P tag:list',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE },
  query: {
    q: FILTER,
    sort: SORT,
    page: PAGE,
    page_size: PAGE_SIZE,
    with_immutable_status: optional(Type.Boolean({ default: false })),
  },
  success: pageOf(Tag),
  errors: [400, 401, 403, 404, 500],
});

export const deleteTag = operation({
  id: 'deleteTag',
  tag: 'artifact',
  method: 'DELETE',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/tags/{tag_name}',
  summary: 'Remove tag only',
  access: 'P tag:delete',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE, tag_name: TAG_NAME },
  success: ok(),
  errors: [401, 403, 404, 500],
});

export const listAccessories = operation({
  id: 'listAccessories',
  tag: 'artifact',
  method: 'GET',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/accessories',
  summary: 'Accessories of artifact',
  access: 'P accessory:list',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE },
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(Accessory),
  errors: [400, 401, 403, 404, 500],
});

export const getVulnerabilitiesAddition = operation({
  id: 'getVulnerabilitiesAddition',
  tag: 'artifact',
  method: 'GET',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/additions/vulnerabilities',
  summary: 'Full vuln report per mime type',
  access: 'P artifact-addition:read',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE },
  headers: { 'x-accept-vulnerabilities': ACCEPT_VULNERABILITIES },
  success: ok(Text),
  errors: [400, 401, 403, 404, 500],
});

export const getAddition = operation({
  id: 'getAddition',
  tag: 'artifact',
  method: 'GET',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/additions/{addition}',
  summary: 'Build_history / values.yaml / readme.md / dependencies / sbom / license / files',
  access: 'P artifact-addition:read',
  params: {
    project_name: PROJECT_NAME,
    repository_name: REPOSITORY_NAME,
    reference: REFERENCE,
    addition: oneOf('build_history', 'values.yaml', 'readme.md', 'dependencies', 'sbom', 'license', 'files'),
  },
  success: ok(Text),
  errors: [400, 401, 403, 404, 422, 500],
});

export const addLabel = operation({
  id: 'addLabel',
  tag: 'artifact',
  method: 'POST',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/labels',
  summary: 'Attach label {id}',
  access: 'P artifact-label:create',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE },
  body: Label,
  success: ok(),
  errors: [400, 401, 403, 404, 409, 500],
});

export const removeLabel = operation({
  id: 'removeLabel',
  tag: 'artifact',
  method: 'DELETE',
  path: '/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/labels/{label_id}',
  summary: 'Detach label',
  access: 'P artifact-label:delete',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE, label_id: Int64 },
  success: ok(),
  errors: [401, 403, 404, 409, 500],
});
