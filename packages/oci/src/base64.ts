const STANDARD_FORM = /^[A-Za-z0-9+/]*={0,2}$/;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The number of bytes that padded standard base64 (RFC 4648 §4) stands for; undefined when `text` is not that. */
export function findBase64Length(text: string): number | undefined {
  if (text.length % 4 !== 0 || !STANDARD_FORM.test(text)) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

/** The bytes of padded standard base64, such as a descriptor's `data`; undefined when `text` is not that. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const length = findBase64Length(text);
  if (length === undefined) return undefined;
  const bytes = new Uint8Array(length);
  let bits = 0;
  let bitCount = 0;
  let written = 0;
  for (let index = 0; written < length; index += 1) {
    bits = ((bits << 6) | SIX_BITS.charCodeAt(text.charCodeAt(index))) & 0xffff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[written] = (bits >> bitCount) & 0xff;
    written += 1;
  }
  return bytes;
}

/** At the place of each ASCII code, the character whose code is the base64 value. */
const SIX_BITS = Array.from({ length: 128 }, (_, code) =>
  String.fromCharCode(Math.max(0, ALPHABET.indexOf(String.fromCharCode(code)))),
).join('');
