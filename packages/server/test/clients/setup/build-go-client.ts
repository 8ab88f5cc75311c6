import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { type GoTool, versions } from '../versions.ts';
import { runDownload } from './run-download.ts';
import { runStep } from './run-step.ts';

/**
 * Builds a Go client from its module; returns the program. The module is built as the main module, in the read-only
 * folder it was downloaded to, because `go install module@version` refuses modules with `replace` and asks for the
 * list of all versions. It runs at low priority: cells of other clients run meanwhile.
 */
export async function buildGoClient(cache: string, tool: GoTool): Promise<string> {
  const entry = versions.goClients.find((candidate) => candidate.tool === tool);
  if (entry === undefined) throw new Error(`versions.ts has no Go client ${tool}.`);
  const program = path.join(cache, 'go', `${tool}-${entry.version}`);
  if (existsSync(program)) return program;
  mkdirSync(path.dirname(program), { recursive: true });
  const env = { CGO_ENABLED: '0', GOWORK: 'off' };
  const { stdout } = await runDownload('go', ['mod', 'download', '-json', `${entry.module}@${entry.version}`], { env });
  const { Dir: source } = JSON.parse(stdout) as { Dir: string };
  const unfinished = `${program}.${process.pid}`;
  const flags = ['-mod=readonly', '-p', '2', '-trimpath', '-ldflags=-s -w', '-o', unfinished];
  await runStep('nice', ['-n', '15', 'go', 'build', '-C', source, ...flags, entry.main], { env });
  renameSync(unfinished, program);
  return program;
}
