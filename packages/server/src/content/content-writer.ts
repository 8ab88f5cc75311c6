import type { Kysely } from 'kysely';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { InstanceSchema } from '../db/instance/schema.ts';
import type { DatabaseCapabilities } from '../drivers/database/database.ts';
import type { Actor } from '../kernel/actor.ts';
import type { PushGate, PushIntent } from '../kernel/gates.ts';

/** What a content command works with: its transaction, and the one choke point of every write. */
export interface ContentTransaction {
  readonly tx: Kysely<InstanceSchema>;
  readonly capabilities: DatabaseCapabilities;
  /** @throws what the first refusing gate throws. */
  assertCanPush(actor: Actor, intent: PushIntent): Promise<void>;
}

/** A named write: awaits nothing but its transaction; clock and randomness come in the input. */
export type ContentCommand<Input, Output> = (context: ContentTransaction, input: Input) => Promise<Output>;

/** Runs content commands, each in a transaction with the instance's gates. */
export interface ContentWriter {
  execute<Input, Output>(command: ContentCommand<Input, Output>, input: Input): Promise<Output>;
}

export function createContentWriter(
  database: InstanceDatabase,
  gates: readonly PushGate<Kysely<InstanceSchema>>[],
): ContentWriter {
  return {
    execute: (command, input) =>
      database.write((tx) =>
        command(
          {
            tx,
            capabilities: database.capabilities,
            assertCanPush: async (actor, intent) => {
              for (const gate of gates) await gate.assertCanPush(tx, actor, intent);
            },
          },
          input,
        ),
      ),
  };
}
