import { fromPortableError, type PortableError, toPortableError } from './portable-error.ts';

/** One end of a pair of message ports: a thread's or a process's. */
export interface MessageEndpoint {
  post(message: ChannelMessage): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** What goes through: calls in both directions, and their answers. */
export type ChannelMessage =
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly type: 'value'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: PortableError };

export type CallHandler = (params: never) => Promise<unknown>;

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls by name between threads and processes. Parameters and values are plain data. */
export class CallChannel {
  readonly #endpoint: MessageEndpoint;
  readonly #handlers: ReadonlyMap<string, CallHandler>;
  readonly #pending = new Map<number, PendingCall>();
  #lastId = 0;
  #end: Error | undefined;

  /** @param handlers what the other side may call here */
  constructor(endpoint: MessageEndpoint, handlers: Readonly<Record<string, CallHandler>> = {}) {
    this.#endpoint = endpoint;
    this.#handlers = new Map(Object.entries(handlers));
    endpoint.onMessage((message) => {
      if (isChannelMessage(message)) this.#receive(message);
    });
  }

  /** @throws what the handler on the other side throws */
  call<Value>(method: string, params: unknown): Promise<Value> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject });
    try {
      this.#endpoint.post({ type: 'call', id, method, params });
    } catch (error) {
      this.#pending.delete(id);
      reject(error);
    }
    return promise as Promise<Value>;
  }

  /** The other side is gone: what was asked of it fails with `error`, and so does what comes. */
  end(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #receive(message: ChannelMessage): void {
    if (message.type === 'call') {
      void this.#answer(message);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.type === 'value') pending?.resolve(message.value);
    else pending?.reject(fromPortableError(message.error));
  }

  async #answer({ id, method, params }: Extract<ChannelMessage, { type: 'call' }>): Promise<void> {
    const answer = await this.#run(id, method, params);
    // Nobody waits for the answer any more.
    if (this.#end !== undefined) return;
    this.#endpoint.post(answer);
  }

  async #run(id: number, method: string, params: unknown): Promise<ChannelMessage> {
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
