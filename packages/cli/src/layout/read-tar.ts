import type { FileHandle } from 'node:fs/promises';
import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';

/** Where the bytes of a regular file lie inside a tar file. */
export interface TarEntry {
  readonly name: string;
  readonly startByte: number;
  readonly byteCount: number;
}

const BLOCK_BYTES = 512;
const MAX_EXTENDED_HEADER_BYTES = 1024 * 1024;

/** The regular files of an uncompressed tar (ustar, pax and GNU long names), found by reading headers only. */
export async function listTarEntries(file: FileHandle, name: string): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [];
  let override: { name?: string; byteCount?: number } = {};
  for (let position = 0; ; ) {
    const header = await readBlock(file, position, BLOCK_BYTES, name);
    if (header === undefined || header.every((byte) => byte === 0)) return entries;
    checkHeader(header, name, position);
    const type = String.fromCharCode(header[156] ?? 0);
    const byteCount = override.byteCount ?? readNumber(header.subarray(124, 136));
    const startByte = position + BLOCK_BYTES;
    if (type === 'x' || type === 'L') {
      const data = await readBlock(file, startByte, Math.min(byteCount, MAX_EXTENDED_HEADER_BYTES), name);
      override = type === 'x' ? { ...override, ...parsePax(data) } : { ...override, name: readText(data) };
    } else {
      if (type === '0' || type === '\0')
        entries.push({ name: cleanName(override.name ?? headerName(header)), startByte, byteCount });
      override = {};
    }
    position = startByte + Math.ceil(byteCount / BLOCK_BYTES) * BLOCK_BYTES;
  }
}

async function readBlock(
  file: FileHandle,
  position: number,
  byteCount: number,
  name: string,
): Promise<Buffer | undefined> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(byteCount), 0, byteCount, position);
  if (bytesRead === 0) return undefined;
  if (bytesRead < byteCount) throw brokenTar(name, position, 'it ends inside a header');
  return buffer;
}

/** POSIX.1-2017 pax, "ustar Interchange Format": the sum of the header's bytes with blanks for the sum itself. */
function checkHeader(header: Buffer, name: string, position: number): void {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (sum !== readNumber(header.subarray(148, 156))) throw brokenTar(name, position, 'a header has a wrong checksum');
}

function headerName(header: Buffer): string {
  const prefix = readText(header.subarray(345, 500));
  const isUstar = header.subarray(257, 262).toString('latin1') === 'ustar';
  return isUstar && prefix !== ''
    ? `${prefix}/${readText(header.subarray(0, 100))}`
    : readText(header.subarray(0, 100));
}

/** Octal digits, or GNU's base-256 form for files of 8 GiB and more. */
function readNumber(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) !== 0) return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
  return Number.parseInt(readText(field).trim() || '0', 8);
}

function readText(field: Buffer | undefined): string {
  const text = field?.toString('utf8') ?? '';
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

/** Records of the form "LENGTH KEY=VALUE\n". */
function parsePax(data: Buffer | undefined): { name?: string; byteCount?: number } {
  const found: { name?: string; byteCount?: number } = {};
  for (let rest = data ?? Buffer.alloc(0); rest.length > 0; ) {
    const blank = rest.indexOf(0x20);
    const length = Number.parseInt(rest.subarray(0, Math.max(0, blank)).toString('latin1'), 10);
    if (!(length > blank) || length > rest.length) break;
    const [key, ...value] = rest
      .subarray(blank + 1, length - 1)
      .toString('utf8')
      .split('=');
    if (key === 'path') found.name = value.join('=');
    if (key === 'size') found.byteCount = Number(value.join('='));
    rest = rest.subarray(length);
  }
  return found;
}

function cleanName(name: string): string {
  return name.replace(/^(?:\.\/)+/, '');
}

function brokenTar(name: string, position: number, why: string): CliError {
  return new CliError(EXIT_CODE.failure, `${name} is not a readable tar file`, {
    why: `at byte ${position}: ${why}`,
    remedy: 'give an uncompressed tar of an OCI image layout, or the folder itself',
  });
}
