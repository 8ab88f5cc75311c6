import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { type RunningServer, startServer } from '../server.ts';
import { openSharedServices } from './open-shared-services.ts';
import { openPrimaryChannel } from './primary-channel.ts';
import { holdProcessMark } from './process-marks.ts';

/** One of several processes that serve requests: it works until its primary, or a signal, tells it to stop. */
export async function runServerProcess(config: Config, logger: Logger, told: Promise<void>): Promise<void> {
  const { promise: stopCall, resolve: stopCalled } = Promise.withResolvers<void>();
  let server: RunningServer | undefined;
  const primary = openPrimaryChannel({
    stop: async () => stopCalled(),
    reloadTls: async () => server?.reloadTls(),
    readMetrics: async () => (await server?.readMetrics())?.getMetricsAsJSON() ?? [],
  });
  const mark = holdProcessMark(config.dataDir);
  // Without the primary there is no writer: what is under way cannot be acknowledged any more.
  process.once('disconnect', () => process.exit(1));
  server = await startServer({
    config,
    logger,
    services: openSharedServices(config, primary),
    firstPassword: (instanceId) => primary.call('firstPassword', instanceId),
    onFatal: (error) => {
      logger.fatal({ err: error }, 'the process cannot go on');
      process.exit(1);
    },
  });
  await primary.call('ready', undefined);
  await Promise.race([stopCall, told]);
  await server.stop();
  mark.release();
}
