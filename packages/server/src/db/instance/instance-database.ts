import type { Kysely } from 'kysely';
import type { Database, DatabaseCapabilities, Durability, ReadDatabase } from '../../drivers/database/database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { PushGate, PushIntent } from '../../kernel/gates.ts';
import type { InstanceSchema } from './schema.ts';

/** What a command of an instance works with: its transaction, and the one choke point of every write of content. */
export interface InstanceTransaction {
  readonly tx: Kysely<InstanceSchema>;
  readonly capabilities: DatabaseCapabilities;
  /** @throws what the first refusing gate throws. */
  assertCanPush(actor: Actor, intent: PushIntent): Promise<void>;
}

/**
 * A named write: awaits nothing but its transaction; clock and randomness come in the input. Input and output are plain
 * data, since the writer may be another thread or process, which finds the command by the function's name.
 */
export type InstanceCommand<Input, Output> = (context: InstanceTransaction, input: Input) => Promise<Output>;

/** The database of one instance, whatever its engine and wherever its writer is. */
export interface InstanceDatabase extends ReadDatabase<InstanceSchema> {
  /**
   * Runs the command in a transaction with the instance's gates, and resolves once that is durable.
   * @param durability `power-cut` unless it says so
   * @throws what the command throws, its own writes undone.
   */
  execute<Input, Output>(
    command: InstanceCommand<Input, Output>,
    input: Input,
    durability?: Durability,
  ): Promise<Output>;
}

/** Gates of the write half: they see the transaction that they guard. */
export type InstancePushGate = PushGate<Kysely<InstanceSchema>>;

/** The database of an instance where it is written. */
export interface WritableInstanceDatabase extends InstanceDatabase, Database<InstanceSchema> {}

export function createInstanceDatabase(
  database: Database<InstanceSchema>,
  gates: readonly InstancePushGate[],
): WritableInstanceDatabase {
  const { engine, schema, capabilities, reader, hints } = database;
  return {
    engine,
    schema,
    capabilities,
    reader,
    hints,
    prepareRead: (name, text) => database.prepareRead(name, text),
    readColumn: (query) => database.readColumn(query),
    checkHealth: () => database.checkHealth(),
    close: () => database.close(),
    write: (command, durability) => database.write(command, durability),
    runMigrations: (migrate) => database.runMigrations(migrate),
    execute: (command, input, durability) =>
      database.write((tx) => command(createTransaction(tx, capabilities, gates), input), durability),
  };
}

function createTransaction(
  tx: Kysely<InstanceSchema>,
  capabilities: DatabaseCapabilities,
  gates: readonly InstancePushGate[],
): InstanceTransaction {
  return {
    tx,
    capabilities,
    assertCanPush: async (actor, intent) => {
      for (const gate of gates) await gate.assertCanPush(tx, actor, intent);
    },
  };
}
