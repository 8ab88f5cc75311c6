/** So often a text is sent before it gets a name: those that are sent rarely would only take the place of others. */
const USES_BEFORE_NAME = 20;
/** Each connection keeps what it has parsed, some tens of KB for each name. */
const MAX_NAMES = 128;
/** Texts that are looked at for a name; those of lists of all lengths are many. */
const MAX_COUNTED = 2_000;
/** What is selected so changes with the table, which a prepared statement must not. */
const CHANGES_WITH_TABLE = /\*/;

/**
 * Names for the texts that are sent often: PostgreSQL parses a statement with a name once for each connection. The same text
 * has the same name on all connections of a pool.
 */
export class StatementNames {
  readonly #uses = new Map<string, number>();
  readonly #names = new Map<string, string>();

  /** @returns undefined for a text that goes without */
  nameOf(text: string): string | undefined {
    const name = this.#names.get(text);
    if (name !== undefined || this.#names.size >= MAX_NAMES) return name;
    const uses = (this.#uses.get(text) ?? 0) + 1;
    if (uses <= USES_BEFORE_NAME) {
      if (this.#uses.size >= MAX_COUNTED) this.#uses.clear();
      this.#uses.set(text, uses);
      return undefined;
    }
    this.#uses.delete(text);
    if (CHANGES_WITH_TABLE.test(text)) return undefined;
    const given = `often_${this.#names.size + 1}`;
    this.#names.set(text, given);
    return given;
  }
}
