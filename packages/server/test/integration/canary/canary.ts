/** A secret that is looked for, in each form in which it might come out somewhere. */
export interface Canary {
  readonly name: string;
  /** As latin1, like what they are looked for in. */
  readonly forms: ReadonlyMap<string, string>;
}

/** @param secret what no form of it may be seen of */
export function createCanary(name: string, secret: string | Uint8Array): Canary {
  const bytes = Buffer.from(secret);
  const text = bytes.toString('latin1');
  const hex = bytes.toString('hex');
  const units = [...text];
  const escaped = (before: string, digits: number) =>
    units.map((unit) => `${before}${unit.charCodeAt(0).toString(16).padStart(digits, '0')}`).join('');
  const forms = new Map([
    ['plain', text],
    ['small letters', text.toLowerCase()],
    ['capitals', text.toUpperCase()],
    ['hexadecimal', hex],
    ['HEXADECIMAL', hex.toUpperCase()],
    ['percent-encoded', escaped('%', 2)],
    ['PERCENT-ENCODED', escaped('%', 2).toUpperCase()],
    ['escaped for JSON', escaped('\\u', 4)],
  ]);
  for (const offset of [0, 1, 2]) {
    const inner = base64Within(bytes, offset);
    forms.set(`base64 behind ${offset} bytes`, inner);
    forms.set(`base64url behind ${offset} bytes`, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return { name, forms };
}

/** What of its base64 is the same whatever stands before and behind it, as in `Basic base64(user:secret)`. */
function base64Within(bytes: Buffer, offset: number): string {
  const all = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return all.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}

const CONTEXT_CHARACTERS = 60;

/** @returns what was found, in which form, and what stands around it; undefined when it is not there */
export function findCanary({ name, forms }: Canary, text: string): string | undefined {
  for (const [form, shown] of forms) {
    const at = text.indexOf(shown);
    if (at === -1) continue;
    const around = text.slice(Math.max(0, at - CONTEXT_CHARACTERS), at + shown.length + CONTEXT_CHARACTERS);
    return `${name} (${form}): ${JSON.stringify(around)}`;
  }
  return undefined;
}
