import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely';
import { dispatchCompiled } from '../../drivers/database/database.ts';
import type { InstanceSchema } from './schema.ts';

/** Stands in for a value while the statement is built. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * A statement of a hot write whose text is built once for each engine, and bound to other values each time: to build an
 * insert costs three times what it takes to run.
 * @param build makes the query. Its values stand for those that come: it may place them, and must not look at them.
 */
export function fixedStatement<Values extends object, Row = unknown>(
  build: (db: Kysely<InstanceSchema>, values: Values) => Compilable<Row>,
): (tx: Kysely<InstanceSchema>, values: Values) => Promise<QueryResult<Row>> {
  const bind = fixText(build);
  return (tx, values) => tx.executeQuery<Row>(bind(tx, values));
}

/** The same for a write whose answer nobody needs (`dispatch`). */
export function fixedDispatch<Values extends object>(
  build: (db: Kysely<InstanceSchema>, values: Values) => Compilable,
): (tx: Kysely<InstanceSchema>, values: Values) => Promise<void> {
  const bind = fixText(build);
  return (tx, values) => dispatchCompiled(tx, bind(tx, values));
}

function fixText<Values extends object, Row>(
  build: (db: Kysely<InstanceSchema>, values: Values) => Compilable<Row>,
): (tx: Kysely<InstanceSchema>, values: Values) => CompiledQuery<Row> {
  const placeholders = new Proxy({} as Values, { get: (_, name) => new Placeholder(String(name)) });
  // Transactions and databases come and go; how a statement is written is the same for all of an engine.
  const statements = new WeakMap<object, CompiledQuery<Row>>();
  return (tx, values) => {
    const engine = tx.getExecutor().adapter.constructor;
    let built = statements.get(engine);
    if (built === undefined) {
      built = build(tx, placeholders).compile();
      statements.set(engine, built);
    }
    const given = values as Readonly<Record<string, unknown>>;
    const parameters = built.parameters.map((each) => (each instanceof Placeholder ? given[each.name] : each));
    return { ...built, parameters };
  };
}
