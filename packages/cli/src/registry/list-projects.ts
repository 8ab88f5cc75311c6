import { findJson, findNumber, findString, listOf, recordOf } from '../json-shape.ts';
import type { RegistryConnection } from './registry-connection.ts';
import { createResponseError } from './response-error.ts';

export interface Project {
  readonly name: string;
  readonly public: boolean;
  readonly repositoryCount: number;
}

const PAGE_SIZE = 100;

/** The projects that this user may see, from Harbor's API. */
export async function* listProjects(connection: RegistryConnection): AsyncGenerator<readonly Project[]> {
  for (let page = 1; ; page += 1) {
    const target = `/api/v2.0/projects?page=${page}&page_size=${PAGE_SIZE}`;
    const response = await connection.sendToApi({ method: 'GET', target, headers: { accept: 'application/json' } });
    if (response.status !== 200) {
      throw await createResponseError(response, `list the projects of ${connection.server.host}`);
    }
    const projects = listOf(findJson(await response.text())).map((item) => readProject(recordOf(item)));
    yield projects;
    if (projects.length < PAGE_SIZE) return;
  }
}

function readProject(item: Readonly<Record<string, unknown>>): Project {
  return {
    name: findString(item, 'name') ?? '',
    public: findString(recordOf(item['metadata']), 'public') === 'true',
    repositoryCount: findNumber(item, 'repo_count') ?? 0,
  };
}
