import { fromPortableError, type PortableError, toPortableError } from './portable-error.ts';

/** One end of a pair of message ports: a thread's or a process's. */
export interface MessageEndpoint {
  /** @throws when one of the messages holds what cannot cross */
  post(messages: readonly ChannelMessage[]): void;
  /** Told of whatever comes. */
  onMessage(listener: (message: unknown) => void): void;
}

/** What goes through: calls in both directions, and their answers. */
export type ChannelMessage =
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly type: 'value'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: PortableError };

type Call = Extract<ChannelMessage, { readonly type: 'call' }>;
type Answer = Exclude<ChannelMessage, Call>;

export type CallHandler = (params: never) => Promise<unknown>;

/** For so long a message waits for others of its turn. */
const MAX_HOLD_MS = 2;

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls by name between threads and processes. Parameters and values are plain data. What is sent in one turn of the event
 * loop crosses together: waking the other side costs more than most of our messages. A turn that lasts sends what it has
 * meanwhile: else two sides with much to do wait for each other in turns.
 */
export class CallChannel {
  readonly #endpoint: MessageEndpoint;
  readonly #handlers: ReadonlyMap<string, CallHandler>;
  readonly #pending = new Map<number, PendingCall>();
  #outbox: ChannelMessage[] = [];
  /** When the first message of the outbox came, on the clock of `performance`. */
  #outboxSince = 0;
  #lastId = 0;
  #end: Error | undefined;

  /** @param handlers what the other side may call here */
  constructor(endpoint: MessageEndpoint, handlers: Readonly<Record<string, CallHandler>> = {}) {
    this.#endpoint = endpoint;
    this.#handlers = new Map(Object.entries(handlers));
    endpoint.onMessage((messages) => {
      if (!Array.isArray(messages)) return;
      for (const message of messages) if (isChannelMessage(message)) this.#receive(message);
    });
  }

  /** @throws what the handler on the other side throws */
  call<Value>(method: string, params: unknown): Promise<Value> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject });
    this.#send({ type: 'call', id, method, params });
    return promise as Promise<Value>;
  }

  /** The other side is gone: what was asked of it fails with `error`, and so does what comes. */
  end(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #send(message: ChannelMessage): void {
    this.#outbox.push(message);
    if (this.#outbox.length === 1) {
      this.#outboxSince = performance.now();
      setImmediate(() => this.#flush());
    } else if (performance.now() - this.#outboxSince > MAX_HOLD_MS) {
      this.#flush();
    }
  }

  #flush(): void {
    if (this.#outbox.length === 0) return;
    const messages = this.#outbox;
    this.#outbox = [];
    try {
      this.#endpoint.post(messages);
    } catch {
      for (const message of messages) this.#sendAlone(message);
    }
  }

  /** Among messages of which one cannot cross, the others shall. */
  #sendAlone(message: ChannelMessage): void {
    try {
      this.#endpoint.post([message]);
    } catch (error) {
      const { id } = message;
      if (message.type === 'call') this.#settle({ type: 'error', id, error: toPortableError(error) });
      else this.#endpoint.post([{ type: 'error', id, error: toPortableError(error) }]);
    }
  }

  #receive(message: ChannelMessage): void {
    if (message.type === 'call') {
      void this.#answer(message);
    } else {
      this.#settle(message);
    }
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (answer.type === 'value') pending?.resolve(answer.value);
    else pending?.reject(fromPortableError(answer.error));
  }

  async #answer({ id, method, params }: Call): Promise<void> {
    const answer = await this.#run(id, method, params);
    // Nobody waits for the answer any more.
    if (this.#end === undefined) this.#send(answer);
  }

  async #run(id: number, method: string, params: unknown): Promise<Answer> {
    try {
      const handler = this.#handlers.get(method);
      if (handler === undefined) throw new Error(`nothing here answers the call ${method}`);
      return { type: 'value', id, value: await handler(params as never) };
    } catch (error) {
      return { type: 'error', id, error: toPortableError(error) };
    }
  }
}

function isChannelMessage(message: unknown): message is ChannelMessage {
  if (typeof message !== 'object' || message === null || !('type' in message) || !('id' in message)) return false;
  return message.type === 'call' || message.type === 'value' || message.type === 'error';
}
