import Type from 'typebox';
import { Flag, Integer, model, Text } from '../openapi/schemas.ts';
import { Project } from '../openapi/shared-models.ts';

export const SearchRepository = model('SearchRepository', {
  project_id: Integer,
  project_name: Text,
  project_public: Flag,
  repository_name: Text,
  pull_count: Integer,
  artifact_count: Integer,
});
export type SearchRepository = Type.Static<typeof SearchRepository>;

export const Search = model('Search', { project: Type.Array(Project), repository: Type.Array(SearchRepository) });
export type Search = Type.Static<typeof Search>;
