import type { Config } from '../../config/config.ts';
import { ConfigurationError } from '../../kernel/errors.ts';
import { type CommandContext, EXIT_CODE, type ExitCode } from '../command-context.ts';
import { type CommonOptions, loadConfigReport } from '../load-config.ts';
import { checkBlobStorage, type OpenBlobStorage } from './blob-storage-check.ts';
import { checkClock, readClocks } from './clock-check.ts';
import { checkDataFolder } from './data-folder-check.ts';
import { checkDatabases } from './database-check.ts';
import { type Finding, fail, ok } from './finding.ts';
import { checkListenAddresses } from './listen-check.ts';
import { checkMasterKey } from './master-key-check.ts';
import { checkTls } from './tls-check.ts';

export interface DoctorOptions extends CommonOptions {
  readonly json?: boolean | undefined;
}

const MARKS = { ok: ' ok ', warn: 'warn', fail: 'FAIL' } as const;
const MIN_NODE = [24, 15] as const;

/** `doctor`: looks at everything that a start needs and says what to do. It changes nothing. */
export async function runDoctor(
  context: CommandContext,
  options: DoctorOptions,
  openBlobStorage: OpenBlobStorage,
): Promise<ExitCode> {
  const findings = [checkNode(process.versions.node), ...(await examine(context, options, openBlobStorage))];
  const isHealthy = findings.every(({ status }) => status !== 'fail');
  if (options.json === true) {
    context.print(`${JSON.stringify({ ok: isHealthy, findings }, undefined, 2)}\n`);
  } else {
    for (const { check, status, message, remedy } of findings) {
      context.print(`[${MARKS[status]}] ${check}: ${message}\n${remedy === undefined ? '' : `       → ${remedy}\n`}`);
    }
    context.print(summarize(findings));
  }
  return isHealthy ? EXIT_CODE.ok : EXIT_CODE.failure;
}

async function examine(
  context: CommandContext,
  options: DoctorOptions,
  openBlobStorage: OpenBlobStorage,
): Promise<readonly Finding[]> {
  const configuration = await checkConfiguration(context, options);
  if (configuration.config === undefined) return configuration.findings;
  return [...configuration.findings, ...(await examineServer(context, configuration.config, openBlobStorage))];
}

async function examineServer(
  context: CommandContext,
  config: Config,
  openBlobStorage: OpenBlobStorage,
): Promise<readonly Finding[]> {
  const start = readClocks(context.clock);
  const databases = await checkDatabases(config);
  const { controlPlane } = databases;
  const readable = databases.isControlPlaneReadable ? controlPlane : undefined;
  try {
    return [
      ...(await checkDataFolder(config.dataDir)),
      ...databases.findings,
      ...(await checkBlobStorage(config, databases.instanceIds, openBlobStorage)),
      await checkMasterKey(config, readable),
      await checkTls(config.tls, context.clock),
      ...(await checkListenAddresses(config)),
      await checkClock(context.clock, start, readable),
    ];
  } finally {
    await controlPlane?.close();
  }
}

/** Every problem of the configuration is a finding of its own; with one of them nothing else can be looked at. */
async function checkConfiguration(
  context: CommandContext,
  options: DoctorOptions,
): Promise<{ readonly config: Config | undefined; readonly findings: readonly Finding[] }> {
  const check = 'configuration';
  const remedy = 'see docs/configuration.md; `roadstead config check` shows what is in effect';
  try {
    const { config, problems } = await loadConfigReport(context, options);
    const findings = problems.map((problem) => fail(check, problem, remedy));
    return { config, findings: findings.length === 0 ? [ok(check, 'right')] : findings };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { config: undefined, findings: [fail(check, error.message, remedy)] };
  }
}

function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isRight = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  return isRight ? ok('Node', version) : fail('Node', version, `use Node ${MIN_NODE.join('.')} or newer`);
}

function summarize(findings: readonly Finding[]): string {
  const count = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length;
  return `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} to repair\n`;
}
