/** A manifest as an attack pushes it. */
export interface Mutant {
  readonly name: string;
  readonly bytes: Buffer;
  /** Undefined: without the header. One character for each byte. */
  readonly contentType: string | undefined;
  /** Headers besides, such as Content-Encoding. */
  readonly headers?: readonly (readonly [string, string])[];
  /** Sent in chunks, without a Content-Length. */
  readonly isChunked?: boolean;
}
