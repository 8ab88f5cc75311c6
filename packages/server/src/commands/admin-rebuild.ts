import type { Config } from '../config/config.ts';
import { DEFAULT_INSTANCE_ID } from '../control-plane/instances/instance-id.ts';
import type { RebuildReport } from '../operations/recovery/rebuild/rebuild-database.ts';
import type { VerifyMode } from '../operations/recovery/rebuild/verify-blobs.ts';
import { type CommandContext, EXIT_CODE, type ExitCode, UsageError } from './command-context.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';

export interface RebuildInput {
  readonly instanceId: string;
  readonly verify: VerifyMode;
  readonly lineage: string | undefined;
  /** Restores into a database that is thrown away. */
  readonly isDryRun: boolean;
  readonly onProgress: (text: string) => void;
}

/** Restores the database of an instance from its blob storage. @throws ProductError; ConfigurationError */
export type RebuildInstance = (config: Config, input: RebuildInput) => Promise<RebuildReport>;

export interface RebuildCommandOptions extends CommonOptions {
  readonly fromBlobs?: boolean | undefined;
  readonly instance?: string | undefined;
  readonly lineage?: string | undefined;
  readonly dryRun?: boolean | undefined;
  /** False by `--no-verify`. */
  readonly verify?: string | boolean | undefined;
  readonly json?: boolean | undefined;
}

/** `admin rebuild --from-blobs` */
export async function rebuildFromBlobs(
  context: CommandContext,
  options: RebuildCommandOptions,
  rebuildInstance: RebuildInstance,
): Promise<ExitCode> {
  if (options.fromBlobs !== true) throw new UsageError('say --from-blobs: there is nothing else to rebuild from');
  const config = await loadConfig(context, options);
  const report = await rebuildInstance(config, {
    instanceId: options.instance ?? DEFAULT_INSTANCE_ID,
    verify: readVerifyMode(options.verify),
    lineage: options.lineage,
    isDryRun: options.dryRun === true,
    onProgress: (text) => context.printError(`${text}\n`),
  });
  const { isWhole } = await import('../operations/recovery/rebuild/rebuild-database.ts');
  const whole = isWhole(report);
  if (options.json === true) {
    const restoredTo = new Date(report.restoredTo).toISOString();
    context.print(`${JSON.stringify({ ...report, restoredTo, isWhole: whole, isDryRun: options.dryRun === true })}\n`);
  } else {
    const { renderReport } = await import('../operations/recovery/rebuild/render-report.ts');
    context.print(renderReport(report));
    if (options.dryRun === true) context.print('This was a dry run: nothing was kept.\n');
  }
  return whole ? EXIT_CODE.ok : EXIT_CODE.failure;
}

function readVerifyMode(value: string | boolean | undefined): VerifyMode {
  if (value === false) return 'none';
  if (value === undefined || value === true || value === 'digest') return 'digest';
  if (value === 'size') return 'size';
  throw new UsageError(`--verify is digest or size, not ${String(value)}`);
}
