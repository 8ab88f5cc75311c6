import type Type from 'typebox';
import { Int64, model } from '../openapi/schemas.ts';

export const Statistic = model('Statistic', {
  private_project_count: Int64,
  private_repo_count: Int64,
  public_project_count: Int64,
  public_repo_count: Int64,
  total_project_count: Int64,
  total_repo_count: Int64,
  total_storage_consumption: Int64,
});
export type Statistic = Type.Static<typeof Statistic>;
