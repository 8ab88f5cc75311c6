import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { findAuditNames } from './audit-names.ts';
import { type AuditPageQuery, pageAuditEntries } from './audit-pages.ts';
import { csvHead, type ShownEntry, showEntry, toCsv } from './audit-rows.ts';
import { type AuditFilter, type AuditPage, type AuditPlace, AuditSearch } from './audit-search.ts';

/** The audit log as people and scripts read it: a page, or all of it as a file. */
export class AuditList {
  readonly #reader: InstanceDatabase['reader'];
  readonly #search: AuditSearch;

  constructor(database: Pick<InstanceDatabase, 'reader' | 'capabilities'>) {
    this.#reader = database.reader;
    this.#search = new AuditSearch({ database });
  }

  async page(
    filter: AuditFilter,
    limit: number,
    before?: AuditPlace,
  ): Promise<Omit<AuditPage, 'items'> & { readonly items: readonly ShownEntry[] }> {
    const { items, next } = await this.#search.page(filter, limit, before);
    return { items: await this.#show(items), next };
  }

  /** A page by its number, and how many entries there are in all. */
  async numberedPage(
    query: AuditPageQuery,
  ): Promise<{ readonly items: readonly ShownEntry[]; readonly total: number }> {
    const { items, total } = await pageAuditEntries(this.#reader, query);
    return { items: await this.#show(items), total };
  }

  /** Lines of CSV, some at a time, as they are asked for. */
  async *csv(filter: AuditFilter): AsyncGenerator<string> {
    yield csvHead();
    for await (const items of this.#search.pages(filter)) yield (await this.#show(items)).map(toCsv).join('');
  }

  /** A JSON document on each line, some at a time, as they are asked for. */
  async *jsonLines(filter: AuditFilter): AsyncGenerator<string> {
    for await (const items of this.#search.pages(filter)) {
      yield (await this.#show(items)).map((entry) => `${JSON.stringify(entry)}\n`).join('');
    }
  }

  /** The key of the principal of that name, or the key itself; undefined when nobody has the name. */
  async findActor(nameOrKey: string): Promise<string | undefined> {
    if (nameOrKey.includes(':') || nameOrKey === 'anonymous') return nameOrKey;
    const row = await this.#reader
      .selectFrom('users')
      .select('id')
      .where('username', '=', nameOrKey)
      .executeTakeFirst();
    return row === undefined ? undefined : `user:${row.id}`;
  }

  async #show(items: AuditPage['items']): Promise<readonly ShownEntry[]> {
    const names = await findAuditNames(this.#reader, items);
    return items.map((entry) => showEntry(entry, names));
  }
}
