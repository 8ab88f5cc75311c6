import { parseStrictJson } from '@roadstead/oci';

/** The first line of an export. */
export interface AuditHeader {
  readonly type: 'header';
  readonly format: 'roadstead-audit';
  readonly version: 1;
  readonly origin: string;
  readonly exportedAt: string;
}

/** A key that signs, or has signed, the log's checkpoints. */
export interface AuditKeyLine {
  readonly type: 'key';
  readonly key: string;
}

/** What the log keeps of an entry; hashes and salts are hexadecimal. */
interface LeafLine {
  /** From 0 on, without gaps. */
  readonly position: number;
  readonly id: number;
  readonly at: number;
  readonly hash: string;
}

export interface AuditEntryLine extends LeafLine {
  readonly type: 'entry';
  readonly salt: string;
  /** The text that was hashed. */
  readonly payload: string;
}

/** An entry that was erased, salt and all. */
export interface AuditStumpLine extends LeafLine {
  readonly type: 'stump';
}

/** An entry that the log has and the journal has not any more, though nothing has erased it. */
export interface AuditMissingLine extends LeafLine {
  readonly type: 'missing';
}

/** Stands behind the last entry that it covers. */
export interface AuditCheckpointLine {
  readonly type: 'checkpoint';
  readonly note: string;
  /** Of the tree, largest first: from them a verifier can go on behind a stretch that is not as it was. */
  readonly peaks: readonly string[];
}

/** A row of the journal that came into it without the log. */
export interface AuditUnloggedLine {
  readonly type: 'unlogged';
  readonly id: number;
  readonly payload: string;
}

/** The last line: without it the file is a part of an export. */
export interface AuditEndLine {
  readonly type: 'end';
  readonly size: number;
}

export type AuditLine =
  | AuditHeader
  | AuditKeyLine
  | AuditEntryLine
  | AuditStumpLine
  | AuditMissingLine
  | AuditCheckpointLine
  | AuditUnloggedLine
  | AuditEndLine;

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isHash: Check = (value) => /^[0-9a-f]{64}$/.test(String(value)) && isText(value);
const isSalt: Check = (value) => /^[0-9a-f]{32}$/.test(String(value)) && isText(value);
const LEAF = { position: isCount, id: isCount, at: isCount, hash: isHash };

const FIELDS: Readonly<Record<AuditLine['type'], Readonly<Record<string, Check>>>> = {
  header: {
    format: (value) => value === 'roadstead-audit',
    version: (value) => value === 1,
    origin: isText,
    exportedAt: isText,
  },
  key: { key: isText },
  entry: { ...LEAF, salt: isSalt, payload: isText },
  stump: LEAF,
  missing: LEAF,
  checkpoint: { note: isText, peaks: (value) => Array.isArray(value) && value.every(isHash) },
  unlogged: { id: Number.isSafeInteger, payload: isText },
  end: { size: isCount },
};

/** Undefined when the line is none of an export: then nobody can say what it stands for. */
export function findAuditLine(text: string): AuditLine | undefined {
  const line = findObject(text);
  const type = line?.['type'];
  if (line === undefined || typeof type !== 'string' || !Object.hasOwn(FIELDS, type)) return undefined;
  const fields = FIELDS[type as AuditLine['type']];
  const isWhole = Object.entries(fields).every(([name, check]) => check(line[name]));
  return isWhole ? (line as unknown as AuditLine) : undefined;
}

/** The members of a JSON object; undefined for anything else. */
export function findObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseStrictJson(Buffer.from(text));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
