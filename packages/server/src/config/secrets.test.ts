import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../kernel/errors.ts';
import { findMasterKey, generatePassword, readMasterKey, writeAdminPasswordFile } from './secrets.ts';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'roadstead-secrets-'));
});

afterEach(() => rmSync(dataDir, { recursive: true }));

function keyFile(content: string | Buffer, mode = 0o600): { masterKeyFile: string; dataDir: string } {
  const masterKeyFile = path.join(dataDir, 'key');
  writeFileSync(masterKeyFile, content);
  chmodSync(masterKeyFile, mode);
  return { masterKeyFile, dataDir };
}

describe('the master key', () => {
  it('is made once in the data folder, for its owner alone', () => {
    const config = { masterKeyFile: undefined, dataDir: path.join(dataDir, 'new') };
    expect(findMasterKey(config)).toBeUndefined();
    const made = readMasterKey(config);
    expect(made).toMatchObject({ isNew: true, file: path.join(dataDir, 'new', 'master.key') });
    expect(made.bytes).toHaveLength(32);
    expect(statSync(made.file).mode & 0o777).toBe(0o600);
    expect(readMasterKey(config)).toEqual({ ...made, isNew: false });
  });

  it('is read raw, as hexadecimal and as base64', () => {
    const key = Buffer.alloc(32, 7);
    for (const content of [key, `${key.toString('hex')}\n`, key.toString('base64'), key.toString('base64url')]) {
      expect(readMasterKey(keyFile(content)).bytes).toEqual(key);
    }
  });

  it('is refused when everybody can read it, when it is missing and when it is no key', () => {
    expect(() => readMasterKey(keyFile(Buffer.alloc(32), 0o644))).toThrow(/^ROADSTEAD_MASTER_KEY_FILE .* everybody/);
    expect(() => readMasterKey({ masterKeyFile: path.join(dataDir, 'none'), dataDir })).toThrow(/ENOENT/);
    for (const content of ['', 'secret', Buffer.alloc(33)]) {
      expect(() => readMasterKey(keyFile(content))).toThrow(ConfigurationError);
    }
    expect(readMasterKey(keyFile(Buffer.alloc(32), 0o640)).bytes).toHaveLength(32);
  });
});

describe('the generated administrator password', () => {
  it('keeps every rule for passwords', () => {
    for (let round = 0; round < 200; round += 1) {
      expect(generatePassword()).toMatch(/^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)[A-Za-z0-9_-]{43}$/);
    }
  });

  it('lies in a file for the operator alone, and a new one takes its place', () => {
    const file = writeAdminPasswordFile(dataDir, 'first');
    chmodSync(file, 0o644);
    expect(writeAdminPasswordFile(dataDir, 'second')).toBe(file);
    expect(readFileSync(file, 'utf8')).toBe('second\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
