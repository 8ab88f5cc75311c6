/** The cost of one argon2id computation. */
export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** A stored password: the cost it was made with, its salt and the derived key. */
export interface PasswordHash {
  readonly cost: Argon2Cost;
  readonly salt: Buffer;
  readonly key: Buffer;
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** Writes a hash in the PHC string format: unpadded base64, argon2 version 1.3. */
export function formatPasswordHash({ cost, salt, key }: PasswordHash): string {
  const parameters = `m=${cost.memoryKib},t=${cost.passes},p=${cost.lanes}`;
  return `$argon2id$v=19$${parameters}$${unpaddedBase64(salt)}$${unpaddedBase64(key)}`;
}

/** @throws Error when the text is not an argon2id hash in PHC format. */
export function parsePasswordHash(text: string): PasswordHash {
  const [, memoryKib, passes, lanes, salt, key] = PHC.exec(text) ?? [];
  if (salt === undefined || key === undefined) throw new Error('a stored password hash is not in a form that we know');
  return {
    cost: { memoryKib: Number(memoryKib), passes: Number(passes), lanes: Number(lanes) },
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  };
}

function unpaddedBase64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
