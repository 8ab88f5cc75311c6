import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { versions } from '../versions.ts';
import { runDownload } from './run-download.ts';
import { runStep } from './run-step.ts';
import { swaggerOfReference } from './swagger-of-reference.ts';

const SOURCES = path.resolve(import.meta.dirname, '../harbor/go');

/**
 * Makes a Go client of Harbor's interface, as Harbor's own is made, and builds our program on it; returns the program. Both are made anew
 * when the interface, the program or the generator is another; the modules are those of go.sum.
 * @param swagger the program of go-swagger
 */
export async function buildHarborGoClient(cache: string, swagger: string): Promise<string> {
  const document = swaggerOfReference();
  const sources = readdirSync(SOURCES).map((name) => readFileSync(path.join(SOURCES, name), 'utf8'));
  const generator = versions.goClients.find(({ tool }) => tool === 'go-swagger')?.version ?? '';
  const hash = createHash('sha256')
    .update([generator, document, ...sources].join('\0'))
    .digest('hex');
  const folder = path.join(cache, 'harbor-go', hash.slice(0, 16));
  const program = path.join(folder, 'walk');
  if (existsSync(program)) return program;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(SOURCES, folder, { recursive: true });
  writeFileSync(path.join(folder, 'harbor.json'), document);
  const env = { CGO_ENABLED: '0', GOWORK: 'off' };
  await runStep('nice', ['-n', '15', swagger, 'generate', 'client', '--quiet', '-f', 'harbor.json'], {
    cwd: folder,
    env,
  });
  await runDownload('go', ['mod', 'download'], { cwd: folder, env });
  const flags = ['-mod=readonly', '-p', '2', '-trimpath', '-ldflags=-s -w', '-o', `${program}.new`];
  await runStep('nice', ['-n', '15', 'go', 'build', ...flags, '.'], { cwd: folder, env });
  renameSync(`${program}.new`, program);
  return program;
}
