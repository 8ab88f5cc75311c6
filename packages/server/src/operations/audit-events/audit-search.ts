import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { containsPattern } from '../../db/like-pattern.ts';
import { type AuditEntry, ENTRY_COLUMNS, type SelectedEntry, toAuditEntry } from './audit-entry.ts';
import { AUDITED_COMMANDS } from './audited-commands.ts';
import { HOT_KINDS, IS_RARE_KIND } from './hot-kinds.ts';

/** Which entries. All that is given must hold. */
export interface AuditFilter {
  /** Milliseconds UTC, included. */
  readonly since?: number | undefined;
  /** Milliseconds UTC, not included. */
  readonly until?: number | undefined;
  /** A principal's key. */
  readonly actor?: string | undefined;
  /** A kind, or the beginning of some with its dot: `project.`. */
  readonly kind?: string | undefined;
  readonly projectId?: number | undefined;
  /** Its full name. */
  readonly repository?: string | undefined;
  readonly address?: string | undefined;
  /** A part of what it was done to, or of its details, in any case of ASCII letters. */
  readonly text?: string | undefined;
}

/** The place of an entry in the list: by time, then by id, the newest first. */
export interface AuditPlace {
  readonly at: number;
  readonly id: number;
}

export interface AuditPage {
  readonly items: readonly AuditEntry[];
  /** Where to go on. There may be one after a page that is not full, or empty: more was left out than one look takes. */
  readonly next: AuditPlace | undefined;
}

export interface AuditSearchDeps {
  readonly database: Pick<InstanceDatabase, 'reader' | 'capabilities'>;
  /** How many entries one look leaves out at most, so that a rare one in a long log keeps nobody else waiting. */
  readonly maxSkipped?: number;
}

type Entries = ExpressionBuilder<InstanceSchema, 'journal'>;
type Condition = (entry: Entries) => Expression<SqlBool>;

/** One way into the log by an index, and what is left to look at in each entry. */
interface Walk {
  readonly access: readonly Condition[];
  readonly rest: readonly Condition[];
}

interface Walked {
  readonly rows: readonly SelectedEntry[];
  /** It saw nothing older than this; undefined: it has seen all. */
  readonly floor: AuditPlace | undefined;
}

const DEFAULT_MAX_SKIPPED = 20_000;
const STREAM_PAGE = 500;

/** Reads the audit log: the journal, newest first. A page costs the same however long the log is. */
export class AuditSearch {
  readonly #reader: Kysely<InstanceSchema>;
  readonly #collation: string | undefined;
  readonly #maxSkipped: number;

  constructor({ database, maxSkipped = DEFAULT_MAX_SKIPPED }: AuditSearchDeps) {
    this.#reader = database.reader;
    this.#collation = database.capabilities.codePointCollation;
    this.#maxSkipped = maxSkipped;
  }

  /** @param limit how many entries at most */
  async page(filter: AuditFilter, limit: number, before?: AuditPlace): Promise<AuditPage> {
    const places = toPlaceConditions(filter, before);
    const walks = planWalks(filter, this.#collation);
    const walked = await Promise.all(walks.map((walk) => this.#walk(walk, places, limit)));
    const floors = walked.flatMap(({ floor }) => (floor === undefined ? [] : [floor]));
    const floor = floors.toSorted(byPlace)[0];
    const seen = walked
      .flatMap(({ rows }) => rows)
      .filter((row) => floor === undefined || byPlace(row, floor) <= 0)
      .toSorted(byPlace);
    const rows = seen.slice(0, limit);
    const last = rows.at(-1);
    const next = seen.length > limit && last !== undefined ? { at: last.at, id: last.id } : floor;
    return { items: rows.map(toAuditEntry), next };
  }

  /** All entries in pages, the newest first, read as they are asked for. */
  async *pages(filter: AuditFilter): AsyncGenerator<readonly AuditEntry[]> {
    let before: AuditPlace | undefined;
    do {
      const { items, next } = await this.page(filter, STREAM_PAGE, before);
      if (items.length > 0) yield items;
      before = next;
    } while (before !== undefined);
  }

  async #walk({ access, rest }: Walk, places: readonly Condition[], limit: number): Promise<Walked> {
    const isDirect = rest.length === 0;
    const walked = this.#reader
      .selectFrom('journal')
      .select(ENTRY_COLUMNS)
      .where((entry) => entry.and([...places, ...access].map((condition) => condition(entry))))
      .orderBy('at', 'desc')
      .orderBy('id', 'desc');
    if (isDirect) return cutAt(limit, await walked.limit(limit + 1).execute());
    const rows = await this.#reader
      .selectFrom(walked.limit(this.#maxSkipped).as('journal'))
      .select(ENTRY_COLUMNS)
      .where((entry) => entry.and(rest.map((condition) => condition(entry as unknown as Entries))))
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    if (rows.length > limit) return cutAt(limit, rows);
    const floor = await walked
      .clearSelect()
      .select(['at', 'id'])
      .limit(1)
      .offset(this.#maxSkipped - 1)
      .executeTakeFirst();
    return { rows, floor };
  }
}

function cutAt(limit: number, rows: readonly SelectedEntry[]): Walked {
  if (rows.length <= limit) return { rows, floor: undefined };
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return { rows: kept, floor: last === undefined ? undefined : { at: last.at, id: last.id } };
}

/** The newest first. */
function byPlace(left: AuditPlace, right: AuditPlace): number {
  return right.at - left.at || right.id - left.id;
}

function toPlaceConditions({ since, until }: AuditFilter, before: AuditPlace | undefined): readonly Condition[] {
  const conditions: Condition[] = [];
  if (since !== undefined) conditions.push((entry) => entry('at', '>=', since));
  if (until !== undefined) conditions.push((entry) => entry('at', '<', until));
  if (before !== undefined) conditions.push(() => sql<SqlBool>`(at, id) < (${before.at}, ${before.id})`);
  return conditions;
}

/** By kind where that is rare, else by project, else by time alone. */
function planWalks(filter: AuditFilter, collation: string | undefined): readonly Walk[] {
  const { kind, projectId } = filter;
  const byProject: Condition[] = projectId === undefined ? [] : [(entry) => entry('project_id', '=', projectId)];
  const rest = toRestConditions(filter, collation);
  const kinds = kind === undefined ? undefined : listKinds(kind);
  if (kind === undefined || kinds === undefined) return [{ access: byProject, rest }];
  if (kinds.some((each) => HOT_KINDS.includes(each))) {
    return [{ access: byProject, rest: [...rest, (entry) => entry('kind', 'in', kinds)] }];
  }
  const column = sql.raw<string>(collation === undefined ? 'kind' : `kind collate "${collation}"`);
  return kinds.map((each) => ({
    access: [() => sql<SqlBool>`${column} = ${each}`, () => sql.raw<SqlBool>(IS_RARE_KIND)],
    rest: [...byProject, ...rest],
  }));
}

function listKinds(kind: string): readonly string[] {
  if (!kind.endsWith('.')) return [kind];
  const known = Object.values(AUDITED_COMMANDS).flatMap((audit) => ('kinds' in audit ? audit.kinds : []));
  return [...new Set(known)].filter((each) => each.startsWith(kind));
}

function toRestConditions(filter: AuditFilter, collation: string | undefined): readonly Condition[] {
  const { actor, repository, address, text } = filter;
  const conditions: Condition[] = [];
  if (actor !== undefined) conditions.push((entry) => entry('actor', '=', actor));
  if (repository !== undefined) conditions.push((entry) => entry('repository', '=', repository));
  if (address !== undefined) conditions.push((entry) => entry('address', '=', address));
  if (text !== undefined) conditions.push((entry) => containsText(entry, text, collation));
  return conditions;
}

function containsText(entry: Entries, text: string, collation: string | undefined): Expression<SqlBool> {
  // In the details it stands as JSON writes it.
  const inJson = JSON.stringify(text).slice(1, -1);
  const like = (column: 'repository' | 'detail', part: string) => {
    const lower = part.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
    const pattern = containsPattern(lower);
    const text = sql.raw<string>(collation === undefined ? column : `${column} collate "${collation}"`);
    return sql<SqlBool>`lower(${text}) like ${pattern} escape '\\'`;
  };
  return entry.or([like('repository', text), like('detail', inJson)]);
}
