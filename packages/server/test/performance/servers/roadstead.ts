import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRoadstead } from '../../support/start-roadstead.ts';
import { listProcessTree } from '../measure/process-tree.ts';
import { fetchAuthorization } from './fetch-token.ts';
import { type Placement, PROCESSES_ON_BOTH_CORES, placeServer } from './placement.ts';
import { PROJECT, type RunningServer, type ServerFactory, type StartOptions } from './running-server.ts';
import { readStartFlags } from './start-flags.ts';

const STOP_LIMIT_MS = 5_000;

export interface RoadsteadOptions {
  readonly workDir: string;
  /** Where a CPU profile of each process is written when it ends; measuring is then for the profile only. */
  readonly profileDir?: string | undefined;
  /** Further options of Node. */
  readonly nodeOptions?: readonly string[];
  /** Settings beside those that the benchmark needs. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** This server does not know a setting, or not this value of it. */
export class SettingRefused extends Error {
  readonly setting: string;

  constructor(setting: string) {
    super(`this version of the server refuses ${setting}`);
    this.setting = setting;
  }
}

/** A process that is still starting when the first one ends must not make the data folder anew. */
async function waitUntilGone(processes: readonly number[]): Promise<void> {
  const deadlineMs = performance.now() + STOP_LIMIT_MS;
  while (processes.some((pid) => existsSync(`/proc/${pid}`)) && performance.now() < deadlineMs) await sleep(20);
}

/** Roadstead as `npm start` starts it, with authentication on, and as silent as its peer. */
export class RoadsteadFactory implements ServerFactory {
  readonly name = 'Roadstead';
  readonly isFresh = true;
  readonly #options: RoadsteadOptions;
  #startCount = 0;

  constructor(options: RoadsteadOptions) {
    this.#options = options;
  }

  /** The same with more settings. */
  with(settings: Readonly<Record<string, string>>): RoadsteadFactory {
    return new RoadsteadFactory({ ...this.#options, settings: { ...this.#options.settings, ...settings } });
  }

  /** @throws SettingRefused when the server knows a setting of the options not */
  async start({ placement, dataDir }: StartOptions): Promise<RunningServer> {
    this.#startCount += 1;
    const folder = dataDir ?? path.join(this.#options.workDir, `roadstead-${process.pid}-${this.#startCount}`);
    mkdirSync(folder, { recursive: true });
    const isNew = readdirSync(folder).length === 0;
    const env = this.#environment(placement);
    const server = await startRoadstead({ env, dataDir: folder }).catch((error: unknown) => {
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
      const refused = Object.keys(this.#options.settings ?? {}).find((name) => String(error).includes(name));
      throw refused === undefined ? error : new SettingRefused(refused);
    });
    placeServer(server.pid, placement);
    if (isNew) await server.createProject(PROJECT);
    const [host = '', port] = server.host.split(':');
    return {
      name: this.name,
      host,
      port: Number(port),
      pid: server.pid,
      authorize: (scope) => fetchAuthorization(server.url, server.admin, scope),
      stop: async () => {
        const processes = listProcessTree(server.pid).map(({ pid }) => pid);
        await server.stop();
        await waitUntilGone(processes);
        if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
      },
    };
  }

  #environment(placement: Placement): Readonly<Record<string, string>> {
    const { profileDir, nodeOptions = [], settings } = this.#options;
    const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
    return {
      NODE_OPTIONS: [...readStartFlags(), ...profile, ...nodeOptions].join(' '),
      ROADSTEAD_DATABASE_URL: '',
      ROADSTEAD_LOG_LEVEL: 'error',
      ROADSTEAD_PROCESSES: String(placement === 'apart' ? 1 : PROCESSES_ON_BOTH_CORES),
      ...settings,
    };
  }
}
