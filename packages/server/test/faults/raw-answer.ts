/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Status line and header lines without the empty line; one character for each byte. */
  readonly head: string;
  /** By lower-case name; of a repeated header all values, joined by a line feed. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** An answer is not HTTP: a defect of the server, not of the test. */
export class BrokenAnswer extends Error {}

interface Parsed {
  readonly answer: RawAnswer;
  /** What follows the answer. */
  readonly rest: Buffer;
}

/**
 * Reads the first final answer (1xx are passed over) from what has come so far.
 * @param isEnded nothing more will come
 * @returns undefined when it is not complete yet
 * @throws BrokenAnswer
 */
export function parseAnswer(bytes: Buffer, method: string, isEnded: boolean): Parsed | undefined {
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) return undefined;
    const head = rest.toString('latin1', 0, end);
    const { status, headers } = parseHead(head);
    rest = rest.subarray(end + 4);
    if (status < 200 && status !== 101) continue;
    const framed = readBody(rest, { method, status, headers, isEnded });
    if (framed === undefined) return undefined;
    return { answer: { status, head, headers, body: framed.body }, rest: framed.rest };
  }
}

function parseHead(head: string): Pick<RawAnswer, 'status' | 'headers'> {
  const [statusLine = '', ...lines] = head.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(statusLine)?.[1];
  if (status === undefined) throw new BrokenAnswer(`not a status line: ${JSON.stringify(statusLine.slice(0, 100))}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n]*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new BrokenAnswer(`not a header: ${JSON.stringify(line)}`);
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}\n${value}`);
  }
  return { status: Number(status), headers };
}

interface Framing {
  readonly method: string;
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly isEnded: boolean;
}

function readBody(bytes: Buffer, framing: Framing): { body: Buffer; rest: Buffer } | undefined {
  const { method, status, headers, isEnded } = framing;
  if (method === 'HEAD' || status === 204 || status === 304 || status === 101) {
    return { body: Buffer.alloc(0), rest: bytes };
  }
  if (headers.get('transfer-encoding') === 'chunked') return readChunked(bytes);
  const length = headers.get('content-length');
  if (length === undefined) return isEnded ? { body: bytes, rest: Buffer.alloc(0) } : undefined;
  if (!/^\d+$/.test(length)) throw new BrokenAnswer(`not a Content-Length: ${JSON.stringify(length)}`);
  const size = Number(length);
  if (bytes.length >= size) return { body: bytes.subarray(0, size), rest: bytes.subarray(size) };
  if (isEnded) throw new BrokenAnswer(`${bytes.length} bytes of body came, and Content-Length said ${size}`);
  return undefined;
}

function readChunked(bytes: Buffer): { body: Buffer; rest: Buffer } | undefined {
  const pieces: Buffer[] = [];
  let position = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n', position);
    if (end === -1) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', position, end), 16);
    if (!Number.isSafeInteger(size)) throw new BrokenAnswer('not the size of a chunk');
    const start = end + 2;
    if (bytes.length < start + size + 2) return undefined;
    pieces.push(bytes.subarray(start, start + size));
    position = start + size + 2;
    if (size === 0) return { body: Buffer.concat(pieces), rest: bytes.subarray(position) };
  }
}
