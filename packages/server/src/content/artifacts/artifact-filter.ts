import type { Digest } from '@roadstead/oci';
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { containsPattern } from '../../db/like-pattern.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import { isVisible, type Visibility } from '../repositories/visibility.ts';

/** Where artifacts are listed. */
export type ArtifactScope =
  | { readonly kind: 'repository'; readonly repositoryId: number }
  /** @param visibility which of its repositories are shown; undefined: all of them */
  | { readonly kind: 'project'; readonly projectId: number; readonly visibility: Visibility | undefined };

/** A condition on a column: one of these values, a part of it, or a range, whose ends are in it. */
export type ColumnCondition =
  | { readonly kind: 'in'; readonly values: readonly (string | number | Buffer)[] }
  | { readonly kind: 'contains'; readonly text: string }
  | { readonly kind: 'range'; readonly min: number | undefined; readonly max: number | undefined };

export type TagCondition =
  | { readonly kind: 'any' }
  | { readonly kind: 'none' }
  | { readonly kind: 'in'; readonly names: readonly string[] }
  | { readonly kind: 'contains'; readonly text: string };

/** What is searched by, in the words of the management API. */
export const ARTIFACT_COLUMNS = {
  id: 'a.manifest_id',
  type: 'a.type',
  media_type: 'a.media_type',
  manifest_media_type: 'm.media_type',
  artifact_type: 'a.artifact_type',
  size: 'a.size',
  push_time: 'a.pushed_at',
  pull_time: 'a.pulled_at',
  repository_id: 'a.repository_id',
} as const;

export type ArtifactColumn = keyof typeof ARTIFACT_COLUMNS;

export interface ArtifactFilter {
  readonly scope: ArtifactScope;
  readonly columns?: ReadonlyMap<ArtifactColumn, ColumnCondition>;
  /** Full names, project included. */
  readonly repositoryNames?: ColumnCondition | undefined;
  readonly digests?: readonly Digest[] | undefined;
  readonly tags?: TagCondition | undefined;
  /** All of these. */
  readonly labelIds?: readonly number[] | undefined;
  /** Parts of indexes and accessories too. */
  readonly showsEverything?: boolean;
  /** Of each repository only what was pushed last. */
  readonly onlyLatest?: boolean;
}

export type ArtifactTables = InstanceSchema & {
  a: InstanceSchema['artifacts'];
  m: InstanceSchema['manifests'];
};
type Builder = ExpressionBuilder<ArtifactTables, 'a' | 'm'>;

/** The conditions on rows of `artifacts` (`a`), joined with their `manifests` (`m`) where `needsManifests` says so. */
export function artifactConditions(filter: ArtifactFilter) {
  return (eb: Builder): Expression<SqlBool> => {
    const own = ownConditions(eb, filter);
    if (filter.onlyLatest) own.push(isLatest(eb, filter));
    return eb.and(own);
  };
}

export function needsManifests({ columns, digests }: ArtifactFilter): boolean {
  return digests !== undefined || (columns?.has('manifest_media_type') ?? false);
}

function ownConditions(eb: Builder, filter: ArtifactFilter): Expression<SqlBool>[] {
  const { scope, columns = new Map<ArtifactColumn, ColumnCondition>(), repositoryNames, digests, tags } = filter;
  const conditions = scopeConditions(eb, scope);
  // A literal: with a bound value no index on listed rows would be looked at.
  if (!filter.showsEverything) conditions.push(sql<SqlBool>`a.is_listed = 1`);
  for (const [column, condition] of columns) conditions.push(matches(ARTIFACT_COLUMNS[column], condition));
  if (digests !== undefined) conditions.push(matches('m.digest', { kind: 'in', values: digests.map(toDigestBytes) }));
  if (repositoryNames !== undefined) {
    conditions.push(sql<SqlBool>`a.repository_id in (
      select r.id from repositories r where ${matches('r.name', repositoryNames)})`);
  }
  if (tags !== undefined) conditions.push(tagCondition(scope, tags));
  for (const id of filter.labelIds ?? []) {
    conditions.push(sql<SqlBool>`a.manifest_id in (select manifest_id from artifact_labels where label_id = ${id})`);
  }
  return conditions;
}

function scopeConditions(eb: Builder, scope: ArtifactScope): Expression<SqlBool>[] {
  if (scope.kind === 'repository') return [eb('a.repository_id', '=', scope.repositoryId)];
  const { projectId, visibility } = scope;
  const inProject = eb('a.project_id', '=', projectId);
  if (visibility === undefined) return [inProject];
  const shown = eb
    .selectFrom('repositories')
    .innerJoin('projects', 'projects.id', 'repositories.project_id')
    .select('repositories.id')
    .where('projects.id', '=', projectId)
    .where(isVisible(visibility) as never);
  return [inProject, eb('a.repository_id', 'in', shown)];
}

function matches(column: string, condition: ColumnCondition): Expression<SqlBool> {
  const is = sql.ref(column);
  if (condition.kind === 'contains') {
    return sql<SqlBool>`lower(${is}) like ${containsPattern(condition.text.toLowerCase())} escape '\\'`;
  }
  if (condition.kind === 'in') {
    return condition.values.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`${is} in (${sql.join(condition.values)})`;
  }
  const { min, max } = condition;
  const ends = [
    ...(min === undefined ? [] : [sql<SqlBool>`${is} >= ${min}`]),
    ...(max === undefined ? [] : [sql<SqlBool>`${is} <= ${max}`]),
  ];
  return ends.length === 0 ? sql<SqlBool>`1 = 1` : sql<SqlBool>`(${sql.join(ends, sql` and `)})`;
}

function tagCondition(scope: ArtifactScope, condition: TagCondition): Expression<SqlBool> {
  if (condition.kind === 'any') return sql<SqlBool>`a.tag_count > 0`;
  if (condition.kind === 'none') return sql<SqlBool>`a.tag_count = 0`;
  const names = matches('t.name', condition.kind === 'in' ? { kind: 'in', values: condition.names } : condition);
  const within =
    scope.kind === 'repository'
      ? sql`t.repository_id = ${scope.repositoryId}`
      : sql`t.repository_id in (select r.id from repositories r where r.project_id = ${scope.projectId})`;
  return sql<SqlBool>`a.manifest_id in (select t.manifest_id from tags t where ${within} and ${names})`;
}

/** Of what the filter finds in a repository, that which was pushed last. */
function isLatest(eb: Builder, filter: ArtifactFilter): Expression<SqlBool> {
  return sql<SqlBool>`a.manifest_id in (
    select w.manifest_id from (
      select a.manifest_id,
             row_number() over (partition by a.repository_id order by a.pushed_at desc, a.manifest_id desc) as place
        from artifacts a
        join manifests m on m.id = a.manifest_id
       where ${eb.and(ownConditions(eb, filter))}) w
     where w.place = 1)`;
}
