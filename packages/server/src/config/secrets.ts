import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { ConfigurationError } from '../kernel/errors.ts';

const KEY_BYTES = 32;
const MASTER_KEY_FILE = 'master.key';
const ADMIN_PASSWORD_FILE = 'admin-password';
const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_FOLDER_MODE = 0o700;
const OTHERS_READ = 0o004;

/** The key under which the keys of all instances stand. */
export interface MasterKey {
  /** 32 bytes */
  readonly bytes: Buffer;
  readonly file: string;
  /** It was made just now. */
  readonly isNew: boolean;
}

/** A file that could not be used: the end of a sentence whose subject is the setting. */
interface SecretFileProblem {
  readonly problem: string;
}

/** Reads a secret from a file, without the line break at its end. */
export function readSecretFile(file: string): string | SecretFileProblem {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    return {
      problem: `names ${file}, which cannot be read (${codeOf(error)}): it must be a readable file with the secret`,
    };
  }
  return text === '' ? { problem: `names ${file}, which is empty: it must hold the secret` } : text;
}

/**
 * Reads the master key; without a configured one it makes `master.key` in the data folder, at the first start.
 * @throws ConfigurationError when the file is missing, has the wrong form, or everybody may read it
 */
export function readMasterKey(config: {
  readonly masterKeyFile: string | undefined;
  readonly dataDir: string;
}): MasterKey {
  const file = config.masterKeyFile ?? path.join(config.dataDir, MASTER_KEY_FILE);
  const isNew = config.masterKeyFile === undefined && createMasterKey(file);
  return { bytes: readKeyFile(file, subjectOf(file, config.masterKeyFile === undefined)), file, isNew };
}

/** The master key if there is one already, and undefined when the first start would make it. @throws ConfigurationError */
export function findMasterKey(config: Parameters<typeof readMasterKey>[0]): MasterKey | undefined {
  const file = config.masterKeyFile ?? path.join(config.dataDir, MASTER_KEY_FILE);
  const isGenerated = config.masterKeyFile === undefined;
  if (isGenerated && statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  return { bytes: readKeyFile(file, subjectOf(file, isGenerated)), file, isNew: false };
}

/** The key before the master key, while its place is being taken. @throws ConfigurationError as `readMasterKey` */
export function readPreviousMasterKey(config: {
  readonly masterKeyPreviousFile: string | undefined;
}): MasterKey | undefined {
  const file = config.masterKeyPreviousFile;
  if (file === undefined) return undefined;
  return { bytes: readKeyFile(file, `ROADSTEAD_MASTER_KEY_PREVIOUS_FILE names ${file}, which`), file, isNew: false };
}

/** A password for the administrator that keeps every rule for passwords: 256 bits of randomness in 43 characters. */
export function generatePassword(): string {
  for (;;) {
    const password = randomBytes(32).toString('base64url');
    if (/[A-Z]/.test(password) && /[a-z]/.test(password) && /\d/.test(password)) return password;
  }
}

/**
 * Keeps a generated administrator's password in the data folder (or the instance's) for the operator alone (mode 0600), in place of an older one.
 * @returns the file's path; only this may be printed
 */
export function writeAdminPasswordFile(folder: string, password: string): string {
  createDataDir(folder);
  const file = path.join(folder, ADMIN_PASSWORD_FILE);
  const draft = writeDraft(file, `${password}\n`);
  renameSync(draft, file);
  syncFolder(folder);
  return file;
}

/** Makes the data folder, closed to other users of the machine when it is new. @throws ConfigurationError */
export function createDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  } catch (cause) {
    throw new ConfigurationError(
      `ROADSTEAD_DATA names ${dataDir}, which cannot be made (${codeOf(cause)}): it must be a folder that this user may write to`,
      { cause },
    );
  }
}

/** @returns false when another start has made it already */
function createMasterKey(file: string): boolean {
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return false;
  createDataDir(path.dirname(file));
  const draft = writeDraft(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
  try {
    // A link never replaces what is there: of two starts at once, one key wins and both read it.
    linkSync(draft, file);
    syncFolder(path.dirname(file));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function subjectOf(file: string, isGenerated: boolean): string {
  return isGenerated ? `the master key ${file}` : `ROADSTEAD_MASTER_KEY_FILE names ${file}, which`;
}

/** @param subject how a sentence about the file begins */
function readKeyFile(file: string, subject: string): Buffer {
  let content: Buffer;
  let mode: number;
  try {
    mode = statSync(file).mode;
    content = readFileSync(file);
  } catch (cause) {
    throw new ConfigurationError(`${subject} cannot be read (${codeOf(cause)}): it must be a file with 32 bytes`, {
      cause,
    });
  }
  if ((mode & OTHERS_READ) !== 0) {
    throw new ConfigurationError(
      `${subject} can be read by everybody on this machine: it must have the mode 0600 or 0640`,
    );
  }
  const key = parseKey(content);
  if (key !== undefined) return key;
  throw new ConfigurationError(
    `${subject} does not hold a key: it must hold 32 bytes, raw or as hexadecimal or base64 text`,
  );
}

function parseKey(content: Buffer): Buffer | undefined {
  if (content.length === KEY_BYTES) return content;
  const text = content.toString('latin1').trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  return undefined;
}

/** Writes a private file beside `file`, durably, and returns its path. */
function writeDraft(file: string, text: string): string {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const descriptor = openSync(draft, 'wx', PRIVATE_FILE_MODE);
  try {
    chmodSync(draft, PRIVATE_FILE_MODE);
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return draft;
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
