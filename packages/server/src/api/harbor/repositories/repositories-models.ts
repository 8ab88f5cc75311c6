import type Type from 'typebox';
import { DateTime, Int64, model, Text } from '../openapi/schemas.ts';

export const Repository = model('Repository', {
  id: Int64,
  project_id: Int64,
  name: Text,
  description: Text,
  artifact_count: Int64,
  pull_count: Int64,
  creation_time: DateTime,
  update_time: DateTime,
});
export type Repository = Type.Static<typeof Repository>;
