import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

const BLOCK_BYTES = 512;
const MAX_OCTAL_BYTES = 8 ** 11 - 1;

/**
 * The bytes of a tar file with every regular file below `folder`, sorted by name; owner 0, mode 0644, time 0,
 * so that the same content always gives the same tar. `isLeftOut` is asked with names relative to the folder.
 */
export async function* writeTar(folder: string, isLeftOut: (name: string) => boolean): AsyncGenerator<Uint8Array> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((name) => !isLeftOut(name))
    .sort();
  for (const name of names) {
    const file = path.join(folder, name);
    const { size } = await stat(file);
    yield* createHeaders(name, size);
    yield* createReadStream(file, { highWaterMark: 256 * 1024 });
    yield padding(size);
  }
  yield new Uint8Array(2 * BLOCK_BYTES);
}

function* createHeaders(name: string, byteCount: number): Generator<Uint8Array> {
  const records = [
    ...(Buffer.byteLength(name) > 100 ? [paxRecord('path', name)] : []),
    ...(byteCount > MAX_OCTAL_BYTES ? [paxRecord('size', String(byteCount))] : []),
  ];
  if (records.length > 0) {
    const data = Buffer.from(records.join(''));
    yield createHeader('pax', data.length, 'x');
    yield data;
    yield padding(data.length);
  }
  yield createHeader(name.slice(0, 100), Math.min(byteCount, MAX_OCTAL_BYTES), '0');
}

/** "LENGTH KEY=VALUE\n", where LENGTH counts its own digits too. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (String(length).length + Buffer.byteLength(rest) !== length)
    length = String(length).length + Buffer.byteLength(rest);
  return `${length}${rest}`;
}

function createHeader(name: string, byteCount: number, type: string): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${byteCount.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function padding(byteCount: number): Uint8Array {
  return new Uint8Array((BLOCK_BYTES - (byteCount % BLOCK_BYTES)) % BLOCK_BYTES);
}
