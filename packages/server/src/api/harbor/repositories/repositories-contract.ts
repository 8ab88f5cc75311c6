import { ok, operation, pageOf } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE, PROJECT_NAME, REPOSITORY_NAME, SORT } from '../openapi/parameters.ts';
import { Repository } from './repositories-models.ts';

export const listAllRepositories = operation({
  id: 'listAllRepositories',
  tag: 'repository',
  method: 'GET',
  path: '/repositories',
  summary: 'Repos across readable projects',
  access: 'any (filtered to readable projects)',
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(Repository),
  errors: [400, 500],
});

export const listRepositories = operation({
  id: 'listRepositories',
  tag: 'repository',
  method: 'GET',
  path: '/projects/{project_name}/repositories',
  summary: 'Repos of project',
  access: 'P repository:list',
  params: { project_name: PROJECT_NAME },
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE },
  success: pageOf(Repository),
  errors: [400, 401, 403, 404, 500],
});

export const getRepository = operation({
  id: 'getRepository',
  tag: 'repository',
  method: 'GET',
  path: '/projects/{project_name}/repositories/{repository_name}',
  summary: 'One repo',
  access: 'P repository:read',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME },
  success: ok(Repository),
  errors: [400, 401, 403, 404, 500],
});

export const updateRepository = operation({
  id: 'updateRepository',
  tag: 'repository',
  method: 'PUT',
  path: '/projects/{project_name}/repositories/{repository_name}',
  summary: 'Set description',
  access: 'P repository:update',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME },
  body: Repository,
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});

export const deleteRepository = operation({
  id: 'deleteRepository',
  tag: 'repository',
  method: 'DELETE',
  path: '/projects/{project_name}/repositories/{repository_name}',
  summary: 'Delete repo and its artifacts',
  access: 'P repository:delete',
  params: { project_name: PROJECT_NAME, repository_name: REPOSITORY_NAME },
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});
