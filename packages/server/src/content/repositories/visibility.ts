import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import { sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';

/** Which repositories, or projects, may be shown. What is public by itself and whatever else is given, within its bounds. */
export interface Visibility {
  /** Those of public projects, wherever the bounds are. */
  readonly public: boolean;
  /** Those of every project. */
  readonly everything: boolean;
  /** Those of internal projects. */
  readonly internal: boolean;
  readonly projectIds: readonly number[];
  /** Single repositories of other projects. */
  readonly repositories: readonly VisibleRepositories[];
  /** A bound of all but `public`: only in these projects; undefined: in all. */
  readonly within: readonly number[] | undefined;
  /** A bound of all but `public`: not in these projects. */
  readonly exceptProjectIds: readonly number[];
}

export interface VisibleRepositories {
  readonly projectId: number;
  /** For LIKE with `\` as its escape, without the project's name. */
  readonly like: string;
}

export const NOTHING_VISIBLE: Visibility = {
  public: false,
  everything: false,
  internal: false,
  projectIds: [],
  repositories: [],
  within: undefined,
  exceptProjectIds: [],
};

export const ONLY_PUBLIC: Visibility = { ...NOTHING_VISIBLE, public: true };

/** What administrators see. */
export const EVERYTHING: Visibility = { ...ONLY_PUBLIC, everything: true };

/** Nothing is hidden from them. */
export function seesEverything({ everything, within, exceptProjectIds }: Visibility): boolean {
  return everything && within === undefined && exceptProjectIds.length === 0;
}

type ProjectBuilder = ExpressionBuilder<InstanceSchema, 'projects'>;

/** The condition on rows of `projects` that the project may be shown; single repositories do not count. */
export function isProjectVisible(visibility: Visibility) {
  return (eb: ProjectBuilder): Expression<SqlBool> => isShown(eb, visibility, []);
}

/** The condition on joined rows of `projects` and `repositories` that the repository may be shown. */
export function isVisible(visibility: Visibility) {
  return (builder: ExpressionBuilder<InstanceSchema, 'projects' | 'repositories'>): Expression<SqlBool> => {
    const eb = builder as unknown as ProjectBuilder;
    const single = visibility.repositories.map(({ projectId, like }) => {
      const isNamedSo = sql<SqlBool>`repositories.name like projects.name || '/' || ${like} escape '\\'`;
      return eb.and([eb('projects.id', '=', projectId), isNamedSo]);
    });
    return isShown(eb, visibility, single);
  };
}

function isShown(eb: ProjectBuilder, visibility: Visibility, single: readonly Expression<SqlBool>[]) {
  const { everything, internal, projectIds, within, exceptProjectIds } = visibility;
  const given: Expression<SqlBool>[] = [...single];
  if (everything) given.push(eb.lit(true));
  if (internal) given.push(eb('projects.is_internal', '=', 1));
  if (projectIds.length > 0) given.push(eb('projects.id', 'in', [...projectIds]));
  const shown = [anyOf(eb, given)];
  if (within !== undefined) shown.push(within.length === 0 ? eb.lit(false) : eb('projects.id', 'in', [...within]));
  if (exceptProjectIds.length > 0) shown.push(eb('projects.id', 'not in', [...exceptProjectIds]));
  const isGiven = eb.and(shown);
  return visibility.public ? eb.or([eb('projects.is_public', '=', 1), isGiven]) : isGiven;
}

/** A chain of a thousand conditions is deeper than SQLite's parser goes; halves of halves are not. */
function anyOf(eb: ProjectBuilder, conditions: readonly Expression<SqlBool>[]): Expression<SqlBool> {
  if (conditions.length <= 2) return eb.or(conditions.length === 0 ? [eb.lit(false)] : [...conditions]);
  const half = Math.ceil(conditions.length / 2);
  return eb.or([anyOf(eb, conditions.slice(0, half)), anyOf(eb, conditions.slice(half))]);
}
