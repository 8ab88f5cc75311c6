import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, decode, encode, type Question, RECURSION_AVAILABLE } from 'dns-packet';
import { ZONE, type ZoneName } from './name-corpus.ts';

const NO_SUCH_NAME = 3;

/** Answers for the names of the corpus, none of which may be kept (TTL 0); names that turn have their next answer each time. */
export class NameServer {
  readonly #socket: Socket;
  readonly #asked = new Map<string, number>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (message, { port, address }) => socket.send(this.#answer(message), port, address));
  }

  static async open(host: string): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(53, host);
    await once(socket, 'listening');
    return new NameServer(socket);
  }

  close(): void {
    this.#socket.close();
  }

  #answer(message: Buffer): Buffer {
    const { id = 0, questions = [] } = decode(message);
    const answers = questions.flatMap((question) => this.#find(question) ?? []);
    const isKnown = questions.every(({ name }) => findName(name) !== undefined);
    const flags = RECURSION_AVAILABLE | (isKnown ? 0 : NO_SUCH_NAME);
    return encode({ type: 'response', id, flags, questions, answers });
  }

  #find({ name, type }: Question): readonly Answer[] | undefined {
    const found = findName(name);
    if (found === undefined) return undefined;
    if (found.alias !== undefined) {
      const alias: Answer = { type: 'CNAME', name, ttl: 0, data: found.alias };
      return [alias, ...(this.#find({ name: found.alias, type }) ?? [])];
    }
    if (type !== 'A' && type !== 'AAAA') return [];
    const key = `${found.name} ${type}`;
    const turn = this.#asked.get(key) ?? 0;
    this.#asked.set(key, turn + 1);
    const turns = type === 'A' ? found.a : found.aaaa;
    return (turns[turn % turns.length] ?? []).map((data): Answer => ({ type, name, ttl: 0, data }));
  }
}

function findName(name: string): ZoneName | undefined {
  const wanted = name.toLowerCase();
  return ZONE.find((known) => known.name === wanted);
}
