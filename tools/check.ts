// `npm run check`: types, lint and format, architecture, third-party notices. Prints what failed, and all of it.
import { spawn } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');

interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

const CHECKS: readonly Check[] = [
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  {
    name: 'lint and format',
    args: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--max-diagnostics=50'],
  },
  {
    name: 'architecture',
    args: ['node_modules/vitest/vitest.mjs', 'run', '--config=packages/server/test/architecture/vitest.config.ts'],
  },
  { name: 'third-party notices', args: ['tools/notices.ts', '--check'] },
];

async function runCheck({ name, args }: Check): Promise<boolean> {
  const startMs = performance.now();
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  child.stdout.on('data', (data) => output.push(String(data)));
  child.stderr.on('data', (data) => output.push(String(data)));
  const code = await new Promise<number | null>((resolve) =>
    child.once('close', resolve).once('error', () => resolve(1)),
  );
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (code !== 0) console.log(output.join('').replace(/^/gm, '    '));
  return code === 0;
}

const results: boolean[] = [];
for (const check of CHECKS) results.push(await runCheck(check));
const passed = results.filter(Boolean).length;
console.log(`${passed} passed, ${results.length - passed} failed`);
process.exitCode = passed === results.length ? 0 : 1;
