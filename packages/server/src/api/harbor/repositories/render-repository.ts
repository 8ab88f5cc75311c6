import type { RepositoryDetails } from '../../../content/repositories/repository-pages.ts';
import type { Repository } from './repositories-models.ts';

export function renderRepository(repository: RepositoryDetails): Repository {
  return {
    id: repository.id,
    project_id: repository.projectId,
    name: repository.name,
    description: repository.description,
    artifact_count: repository.artifactCount,
    pull_count: repository.pullCount,
    creation_time: new Date(repository.createdAt).toISOString(),
    update_time: new Date(repository.updatedAt).toISOString(),
  };
}
