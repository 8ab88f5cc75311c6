import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../kernel/errors.ts';
import { loadSystemSendfile } from './system-sendfile.ts';

describe('the system call', () => {
  let folder: string;
  let source: number;
  let target: number;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'roadstead-sendfile-'));
    writeFileSync(path.join(folder, 'source'), '0123456789');
    source = openSync(path.join(folder, 'source'), 'r');
    target = openSync(path.join(folder, 'target'), 'w');
  });

  afterEach(() => {
    closeSync(source);
    closeSync(target);
    rmSync(folder, { recursive: true });
  });

  it('sends from a position, less at the end of the file, and nothing behind it', () => {
    const sendfile = loadSystemSendfile();
    expect([sendfile(target, source, 2, 3), sendfile(target, source, 8, 100), sendfile(target, source, 10, 1)]).toEqual(
      [3, 2, 0],
    );
    expect(readFileSync(path.join(folder, 'target'), 'utf8')).toBe('23489');
  });

  it('says that it failed', () => {
    expect(loadSystemSendfile()(source, source, 0, 1)).toBe('other');
  });

  it('names the setting where it cannot be loaded', () => {
    const { arch } = process;
    Object.defineProperty(process, 'arch', { value: 'pdp11' });
    try {
      expect(loadSystemSendfile).toThrow(ConfigurationError);
      expect(loadSystemSendfile).toThrow(/^ROADSTEAD_SENDFILE is on, .*: switch it off \(.*koffi-linux-pdp11'?\)$/);
    } finally {
      Object.defineProperty(process, 'arch', { value: arch });
    }
  });
});
