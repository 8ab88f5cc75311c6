import assert from 'node:assert/strict';
import { numberOf, type Surroundings } from './replayed-resource.ts';

/** Reads what the provider's data sources read. */
export async function replayDataSources({ provider, project, projectName }: Surroundings): Promise<void> {
  const projects = await provider.read<{ name: string; project_id: number }[]>(`/projects?name=${projectName}`);
  const found = projects?.find(({ name }) => name === projectName);
  assert.equal(found?.project_id, numberOf(project));
  const paged = await provider.read<unknown[]>('/projects?page=1&page_size=100');
  assert.ok((paged?.length ?? 0) > 0, 'no projects');
  const members = await provider.read<{ entity_type: string }[]>(`${project}/members?page=1&page_size=100`);
  assert.ok(
    members?.some(({ entity_type }) => entity_type === 'u'),
    'the project has no member',
  );
  for (const path of ['/users', '/usergroups', '/registries', '/robots']) {
    const list = await provider.read<unknown[]>(`${path}?page=1&page_size=100`);
    assert.ok(Array.isArray(list), `${path} is no list`);
  }
}
