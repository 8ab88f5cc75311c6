import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const BIOME = path.join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

/** What Biome says about a source file of this text under the configuration of the repository. */
function lint(source: string): { readonly code: number | null; readonly output: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'roadstead-lint-'));
  try {
    const content = path.join(folder, 'packages/server/src/content');
    mkdirSync(content, { recursive: true });
    writeFileSync(path.join(content, 'planted.ts'), source);
    const args = [BIOME, 'lint', `--config-path=${ROOT}`, '--vcs-enabled=false', folder];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    return { code: status, output: `${stdout}${stderr}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function functionOf(lines: number): string {
  return `export function planted(total: number[]): void {\n${'  total.push(1);\n'.repeat(lines)}}\n`;
}

it('lets a function of 58 lines pass', () => {
  const { code, output } = lint(functionOf(58));
  expect(output).toContain('Checked 1 file');
  expect(code).toBe(0);
});

it('reports a function of more than 60 lines as an error', () => {
  const { code, output } = lint(functionOf(61));
  expect(output).toContain('noExcessiveLinesPerFunction');
  expect(code).not.toBe(0);
});
