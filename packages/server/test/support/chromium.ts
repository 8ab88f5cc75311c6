import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'] as const;

/** Undefined where there is none. */
export const CHROMIUM: string | undefined = PROGRAMS.find((program) => existsSync(program));

interface Message {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A real browser with one page, by its own debugging protocol. */
export class Chromium implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #profile: string;
  #socket: WebSocket | undefined;
  #session: string | undefined;
  #lastId = 0;
  readonly #waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();

  private constructor(process: ChildProcess, profile: string) {
    this.#process = process;
    this.#profile = profile;
  }

  static async open(program: string): Promise<Chromium> {
    const profile = await mkdtemp(path.join(tmpdir(), 'roadstead-chromium-'));
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0'];
    const child = spawn(program, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const chromium = new Chromium(child, profile);
    await chromium.#connect(await readDebuggerUrl(child));
    return chromium;
  }

  async goTo(url: string): Promise<void> {
    await this.#send('Page.navigate', { url });
    await this.until('document.readyState === "complete"');
  }

  /** What a script comes to in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = (await this.#send('Runtime.evaluate', { expression, returnByValue: true })) as {
      readonly result: { readonly value?: unknown };
    };
    return result.value;
  }

  async until(expression: string): Promise<void> {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
      if ((await this.evaluate(expression)) === true) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`it never came to ${expression}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.close();
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  async #connect(url: string): Promise<void> {
    const socket = new WebSocket(url);
    socket.addEventListener('message', ({ data }) => {
      const { id, result, error } = JSON.parse(String(data)) as Message;
      const waiter = id === undefined ? undefined : this.#waiting.get(id);
      if (error === undefined) waiter?.resolve(result ?? {});
      else waiter?.reject(new Error(error.message));
    });
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', reject);
    });
    this.#socket = socket;
    const { targetId } = await this.#send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId, flatten: true });
    this.#session = String(sessionId);
  }

  #send(method: string, params: object): Promise<Record<string, unknown>> {
    this.#lastId += 1;
    const id = this.#lastId;
    const waiter = Promise.withResolvers<Record<string, unknown>>();
    this.#waiting.set(id, waiter);
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#socket?.send(JSON.stringify({ id, method, params, ...session }));
    return waiter.promise;
  }
}

async function readDebuggerUrl(child: ChildProcess): Promise<string> {
  let said = '';
  for await (const piece of child.stderr ?? []) {
    said += String(piece);
    const url = /ws:\/\/\S+/.exec(said)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error(`Chromium did not start: ${said}`);
}
