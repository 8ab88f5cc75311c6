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
  summary:
    'Lists the artifacts of a repository, what was pushed last first; parts of indexes and accessories only where `q` asks for them.',
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
  summary:
    'Copies an artifact from another repository, with its tags, its parts and its accessories, without moving a byte.',
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
  summary: 'Shows an artifact by one of its tags or its digest.',
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
  summary:
    'Deletes an artifact with all of its tags and its accessories, and the parts of an index that nothing else needs; all of it can be restored from the trash.',
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
  summary: 'Gives an artifact a tag that its repository does not have yet.',
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
  summary: 'Lists the tags that stand at an artifact.',
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
  summary: 'Takes a tag from an artifact, which stays.',
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
  summary: 'Lists what belongs to an artifact: signatures, attestations, SBOMs and whatever else refers to it.',
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
  summary:
    'Shows the reports of vulnerabilities by their media types; an empty object when the artifact was not scanned.',
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
  summary:
    'Shows what there is to read of an artifact: the history of its build, files of a chart or a model, its SBOM.',
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
  summary: 'Puts a label on an artifact.',
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
  summary: 'Takes a label from an artifact.',
  access: 'P artifact-label:delete',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME, reference: REFERENCE, label_id: Int64 },
  success: ok(),
  errors: [401, 403, 404, 409, 500],
});
