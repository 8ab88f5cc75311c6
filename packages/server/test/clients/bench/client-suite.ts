import type { Tool, Toolbox } from '../setup/toolbox.ts';
import type { ClientHome } from './client-home.ts';
import type { CuttingProxy } from './cutting-proxy.ts';
import type { ImageFixtures } from './image-fixture.ts';
import type { Operation } from './operation.ts';
import type { Registry } from './registry.ts';

/** What a suite is given to work with. */
export interface Bench {
  readonly registry: Registry;
  readonly images: ImageFixtures;
  readonly proxy: CuttingProxy;
  readonly toolbox: Toolbox;
  /** An empty home of its own. `searchPath` goes before the system's folders. */
  makeHome(name: string, options?: HomeOptions): ClientHome;
}

export interface HomeOptions {
  readonly searchPath?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Cell<Session> {
  readonly operation: Operation;
  /** Throws when the client could not do it, or when what it did is not what the registry then holds. */
  run(session: Session): Promise<void>;
}

/** The cells of one client, run in order: later ones may use what earlier ones pushed. */
export interface SuiteDefinition<Session> {
  readonly client: string;
  readonly version: string;
  readonly tools: readonly Tool[];
  open(bench: Bench): Promise<Session>;
  close?(session: Session): Promise<void>;
  readonly cells: readonly Cell<Session>[];
}

export interface OpenSuite {
  run(operation: Operation): Promise<void>;
  close(): Promise<void>;
}

/** A suite whose session type is nobody else's concern. */
export interface ClientSuite {
  readonly client: string;
  readonly version: string;
  readonly tools: readonly Tool[];
  readonly operations: readonly Operation[];
  open(bench: Bench): Promise<OpenSuite>;
}

export function createSuite<Session>(definition: SuiteDefinition<Session>): ClientSuite {
  const cells = new Map(definition.cells.map((cell) => [cell.operation, cell]));
  if (cells.size !== definition.cells.length) throw new Error(`${definition.client} has an operation twice`);
  return {
    client: definition.client,
    version: definition.version,
    tools: definition.tools,
    operations: [...cells.keys()],
    async open(bench) {
      const session = await definition.open(bench);
      return {
        run: async (operation) => cells.get(operation)?.run(session),
        close: async () => definition.close?.(session),
      };
    },
  };
}
