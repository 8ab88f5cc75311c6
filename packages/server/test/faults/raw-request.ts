/** A request as bytes will say it: nothing is escaped or checked, since being wrong is the point. */
export interface RawRequest {
  readonly method: string;
  /** One character for each byte (latin1). */
  readonly target: string;
  /** In this order, names as written; one character for each byte. */
  readonly headers?: readonly (readonly [string, string])[];
  /** Sent with its Content-Length. */
  readonly body?: Uint8Array;
  /** Sends no Authorization. */
  readonly isAnonymous?: boolean;
  /** Another address of this machine to come from, over a connection of its own: `127.7.0.1`. */
  readonly from?: string;
}

/** The bytes of the request, with Host, and with Content-Length where there is a body. */
export function encodeRequest(request: RawRequest, host: string, authorization: string): Buffer {
  const { method, target, headers = [], body, isAnonymous = false } = request;
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`];
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  if (!isAnonymous && !names.has('authorization')) lines.push(`Authorization: ${authorization}`);
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  if (body !== undefined && !names.has('content-length') && !names.has('transfer-encoding')) {
    lines.push(`Content-Length: ${body.length}`);
  }
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return body === undefined ? head : Buffer.concat([head, body]);
}

/** The bytes of a text in UTF-8, as a string of one character for each byte. */
export function toByteString(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Every byte but unreserved characters as %XX. @param bytes one character for each byte */
export function percentEncode(bytes: string): string {
  return bytes.replace(/[^A-Za-z0-9._~-]/g, (character) => encodeByte(character.charCodeAt(0)));
}

export function encodeByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Shortened and escaped, for a report. */
export function showBytes(text: string): string {
  const shown = JSON.stringify(text.length > 120 ? `${text.slice(0, 90)}…(${text.length})…${text.slice(-20)}` : text);
  return shown.replace(/[\u007f-\uffff]/g, (character) => `\\x${character.charCodeAt(0).toString(16)}`);
}
