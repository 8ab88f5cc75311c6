/** A message with attributes of thousands of values fits; a person's or a group's does many times. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** Of everything that one connection may bring. */
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;
const SEQUENCE = 0x30;

/**
 * Cuts what a server sends into messages (RFC 4511 § 4.1.1, definite lengths as § 5.1 wants them). The parser of the library
 * is given one whole message at a time: of pieces it would copy all that came before with each, and of many in one piece it
 * would go one call deeper with each, and neither has a limit.
 */
export class LdapMessageFramer {
  #pieces: Buffer[] = [];
  #heldBytes = 0;
  #wantedBytes = 0;
  #totalBytes = 0;

  /** How much has come of a message that is not whole yet. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** @throws Error when it is not LDAP, or too much of it */
  *push(piece: Buffer): Generator<Buffer> {
    this.#totalBytes += piece.length;
    if (this.#totalBytes > MAX_TOTAL_BYTES)
      throw new Error(`the directory has sent more than ${MAX_TOTAL_BYTES} bytes`);
    this.#pieces.push(piece);
    this.#heldBytes += piece.length;
    while (this.#heldBytes > 0 && this.#heldBytes >= this.#wantedBytes) {
      const held = this.#pieces.length === 1 ? (this.#pieces[0] ?? piece) : Buffer.concat(this.#pieces);
      this.#pieces = [held];
      const wanted = findMessageBytes(held);
      if (wanted === undefined) return;
      this.#wantedBytes = wanted;
      if (held.length < wanted) return;
      this.#keep(held.subarray(wanted));
      yield held.subarray(0, wanted);
    }
  }

  #keep(rest: Buffer): void {
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#heldBytes = rest.length;
    this.#wantedBytes = 0;
  }
}

/** @returns undefined when the length itself is not there yet */
function findMessageBytes(held: Buffer): number | undefined {
  if (held[0] !== SEQUENCE) throw new Error('what the directory has sent is not LDAP');
  const first = held[1];
  if (first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const lengthBytes = first & 0x7f;
  if (lengthBytes === 0 || lengthBytes > 4)
    throw new Error('what the directory has sent has no length that LDAP knows');
  if (held.length < 2 + lengthBytes) return undefined;
  const bytes = 2 + lengthBytes + held.readUIntBE(2, lengthBytes);
  if (bytes > MAX_MESSAGE_BYTES) throw new Error(`a message of the directory has ${bytes} bytes`);
  return bytes;
}
