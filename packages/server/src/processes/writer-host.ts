import type { WritableInstanceDatabase } from '../db/instance/instance-database.ts';
import type { Durability } from '../drivers/database/database.ts';
import type { CallHandler } from './call-channel.ts';

/** Where the one writer of every SQLite file runs: it opens the files that its clients use, and runs their commands. */
export interface WriterHost {
  /** The calls of one client. */
  createSession(): WriterSession;
}

export interface WriterSession {
  readonly handlers: Readonly<Record<string, CallHandler>>;
  /** The client is gone: closes what only it had opened. */
  end(): Promise<void>;
}

export interface ExecuteParams {
  readonly instance: string;
  readonly command: string;
  readonly input: unknown;
  readonly durability?: Durability | undefined;
}

export interface WriterHostDeps {
  /** Opens the database of an instance where it is written, its schema up to date. */
  openDatabase(instance: string): Promise<WritableInstanceDatabase>;
  readonly commands: ReadonlyMap<string, Parameters<WritableInstanceDatabase['execute']>[0]>;
}

interface OpenFile {
  readonly opening: Promise<WritableInstanceDatabase>;
  uses: number;
}

export function createWriterHost(deps: WriterHostDeps): WriterHost {
  const files = new OpenFiles(deps.openDatabase);
  return {
    createSession: () => {
      const used: string[] = [];
      const release = async (instance: string) => {
        const index = used.indexOf(instance);
        if (index < 0) return;
        used.splice(index, 1);
        await files.release(instance);
      };
      const handlers = {
        open: async (instance: string) => {
          await files.acquire(instance);
          used.push(instance);
        },
        close: release,
        checkHealth: async (instance: string) => (await files.get(instance)).checkHealth(),
        execute: async ({ instance, command, input, durability }: ExecuteParams) => {
          const run = deps.commands.get(command);
          if (run === undefined) throw new Error(`there is no command ${command}`);
          const database = await files.get(instance);
          return database.execute(run, reviveBuffers(input), durability);
        },
      };
      return {
        handlers,
        end: async () => {
          for (const instance of used.splice(0)) await files.release(instance);
        },
      };
    },
  };
}

/** The open files, each for as long as somebody uses it. */
class OpenFiles {
  readonly #files = new Map<string, OpenFile>();
  readonly #open: (instance: string) => Promise<WritableInstanceDatabase>;
  /** One that is closing is closed before it is opened again. */
  readonly #closing = new Map<string, Promise<void>>();

  constructor(open: (instance: string) => Promise<WritableInstanceDatabase>) {
    this.#open = open;
  }

  async acquire(instance: string): Promise<void> {
    let file = this.#files.get(instance);
    if (file === undefined) {
      const closed = this.#closing.get(instance) ?? Promise.resolve();
      file = { opening: closed.then(() => this.#open(instance)), uses: 0 };
      this.#files.set(instance, file);
    }
    file.uses += 1;
    try {
      await file.opening;
    } catch (error) {
      file.uses -= 1;
      if (this.#files.get(instance) === file) this.#files.delete(instance);
      throw error;
    }
  }

  get(instance: string): Promise<WritableInstanceDatabase> {
    const file = this.#files.get(instance);
    if (file === undefined) throw new Error(`the database of the instance ${instance} is not open`);
    return file.opening;
  }

  async release(instance: string): Promise<void> {
    const file = this.#files.get(instance);
    if (file === undefined) return;
    file.uses -= 1;
    if (file.uses > 0) return;
    this.#files.delete(instance);
    const closed = file.opening.then((database) => database.close());
    const settled = closed.catch(() => undefined).finally(() => this.#closing.delete(instance));
    this.#closing.set(instance, settled);
    await closed;
  }
}

/** Buffers cross threads as plain byte arrays; commands get those at the top of their input back as buffers. */
export function reviveBuffers<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  for (const [key, field] of Object.entries(value)) {
    if (field instanceof Uint8Array && !Buffer.isBuffer(field)) {
      (value as Record<string, unknown>)[key] = Buffer.from(field.buffer, field.byteOffset, field.byteLength);
    }
  }
  return value;
}
