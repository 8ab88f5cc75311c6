import cluster, { type Worker } from 'node:cluster';
import type { Logger } from 'pino';
import { AggregatorRegistry, type Registry } from 'prom-client';
import type { Config } from '../config/config.ts';
import { forgetHolders } from '../control-plane/waking/forget-holders.ts';
import { openControlPlane } from '../control-plane.ts';
import { DatabaseUnavailableError } from '../drivers/database/database.ts';
import { holdDataFolder } from '../hold-data-folder.ts';
import { startMetricsServer } from '../http/metrics-server.ts';
import { systemClock } from '../kernel/clock.ts';
import { INSTANCE_COMMANDS } from '../write-half.ts';
import { CallChannel } from './call-channel.ts';
import { ConnectionDispatcher, type ConnectionNotice, type DispatchTarget } from './connection-dispatcher.ts';
import { listAddresses } from './list-addresses.ts';
import { createLockHost, type LockHost } from './lock-host.ts';
import { openWrittenDatabase } from './open-written-database.ts';
import { waitForFormerProcesses } from './process-marks.ts';
import { createWriterHost, type WriterHost } from './writer-host.ts';

export interface PrimaryDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly firstPassword: (instanceId: string) => string;
}

export interface RunningPrimary {
  reloadTls(): void;
  /** Tells the processes to finish what is under way, waits for them, and closes what they shared. */
  stop(): Promise<void>;
}

const RESTART_DELAY_MS = 1_000;
/** Beyond their own time to stop. */
const KILL_AFTER_MS = 10_000;

/**
 * The primary of several server processes: it holds the data folder, the one writer of each SQLite file and the locks, and
 * serves no request itself. A process that dies is started again.
 * @throws Error when the first process does not start; it has said why
 */
export async function runPrimary(deps: PrimaryDeps): Promise<RunningPrimary> {
  const { config, logger } = deps;
  await using starting = new AsyncDisposableStack();
  starting.adopt(holdDataFolder(config.dataDir), (held) => held.release());
  await waitForFormerProcesses(config.dataDir);
  // The control plane's tables and the master key are made here, by one process.
  const controlPlane = await openControlPlane(config, systemClock);
  if (config.databaseUrl === undefined) await forgetHolders(controlPlane.database);
  await controlPlane.close();
  const processes = new ServerProcesses(deps);
  starting.defer(() => processes.stop());
  // Before the first request is answered: a taken address ends the start.
  const metricsServer = await startMetricsServer(config, logger, () => processes.readMetrics());
  starting.defer(() => void metricsServer?.close());
  await processes.start(config.processes);
  const resources = starting.move();
  return {
    reloadTls: () => processes.reloadTls(),
    stop: () => resources.disposeAsync(),
  };
}

interface ServerProcess {
  readonly worker: Worker;
  readonly channel: CallChannel;
  readonly ended: Promise<void>;
}

class ServerProcesses {
  readonly #deps: PrimaryDeps;
  readonly #writer: WriterHost;
  readonly #locks: LockHost;
  readonly #running = new Set<ServerProcess>();
  readonly #dispatcher = new ConnectionDispatcher();
  #isStopping = false;

  constructor(deps: PrimaryDeps) {
    this.#deps = deps;
    this.#locks = createLockHost();
    this.#writer = createWriterHost({
      openDatabase: (instance) => openWrittenDatabase(deps.config, instance, systemClock),
      commands: INSTANCE_COMMANDS,
    });
    const [, script, ...args] = process.argv;
    cluster.setupPrimary({ serialization: 'advanced', args, ...(script === undefined ? {} : { exec: script }) });
  }

  /** Starts the first alone, since it sets up what the others find. */
  async start(count: number): Promise<void> {
    const { config } = this.#deps;
    await this.#dispatcher.listen(listAddresses(config), config.limits.maxConnections);
    await this.#startOne();
    await Promise.all(Array.from({ length: count - 1 }, () => this.#startOne()));
  }

  async readMetrics(): Promise<Registry> {
    const answers = await Promise.allSettled(
      [...this.#running].map(({ channel }) => channel.call('readMetrics', undefined)),
    );
    const metrics = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    return AggregatorRegistry.aggregate(metrics as object[]);
  }

  reloadTls(): void {
    for (const { channel } of this.#running) void channel.call('reloadTls', undefined).catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const { delayMs, graceMs } = this.#deps.config.shutdown;
    const processes = [...this.#running];
    for (const { channel } of processes) void channel.call('stop', undefined).catch(() => undefined);
    const timer = setTimeout(
      () => {
        for (const { worker } of processes) worker.process.kill('SIGKILL');
      },
      delayMs + graceMs + KILL_AFTER_MS,
    );
    await Promise.all(processes.map(({ ended }) => ended));
    clearTimeout(timer);
    this.#dispatcher.close();
  }

  /** Resolves once it serves. @throws Error when it ends before */
  async #startOne(): Promise<void> {
    const { logger } = this.#deps;
    const worker = cluster.fork();
    const { promise: ready, resolve: isReady, reject: failed } = Promise.withResolvers<void>();
    const writer = this.#writer.createSession();
    const locks = this.#locks.createSession();
    const target: DispatchTarget = {
      give: (message, socket) => void worker.process.send(message, socket, { keepOpen: true }, () => undefined),
    };
    worker.on('message', (message) => {
      if (isNotice(message)) this.#dispatcher.hear(target, message);
    });
    const channel = new CallChannel(
      {
        post: (messages) => worker.send(messages, undefined, () => undefined),
        onMessage: (listener) => worker.on('message', listener),
      },
      {
        ...writer.handlers,
        ...locks.handlers,
        firstPassword: async (instanceId: string) => this.#deps.firstPassword(instanceId),
        ready: async () => {
          this.#dispatcher.add(target);
          isReady();
        },
        leave: async () => this.#leave(target),
      },
    );
    const { promise: ended, resolve: hasEnded } = Promise.withResolvers<void>();
    const started: ServerProcess = { worker, channel, ended };
    this.#running.add(started);
    worker.once('exit', (code, signal) => {
      const end = new Error(`the server process ${worker.process.pid} has ended: ${signal ?? `code ${code}`}`);
      this.#running.delete(started);
      this.#dispatcher.remove(target);
      channel.end(new DatabaseUnavailableError(end));
      // Its last writes are over: what it held may be used by others.
      locks.end();
      void writer.end().catch((error: unknown) => logger.error({ err: error }, 'a database did not close'));
      failed(end);
      hasEnded();
    });
    await ready;
    void ended.then(() => this.#replace(worker));
  }

  /** A process that stops wants no more connections; when all do, clients are to be refused. */
  #leave(target: DispatchTarget): void {
    this.#dispatcher.remove(target);
    if (this.#isStopping && this.#dispatcher.targetCount === 0) this.#dispatcher.close();
  }

  async #replace(worker: Worker): Promise<void> {
    const { logger } = this.#deps;
    if (this.#isStopping) return;
    logger.error(`the server process ${worker.process.pid} has ended: another takes its place`);
    while (!this.#isStopping) {
      try {
        await this.#startOne();
        return;
      } catch (error) {
        logger.error({ err: error }, 'a server process did not start');
        await new Promise((resolve) => setTimeout(resolve, RESTART_DELAY_MS));
      }
    }
  }
}

function isNotice(message: unknown): message is ConnectionNotice {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false;
  return message.type === 'took' || message.type === 'closed';
}
