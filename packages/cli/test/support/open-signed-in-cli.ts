import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { type RunningRoadstead, startRoadstead } from '../../../server/test/support/start-roadstead.ts';
import { type Cli, createCli } from './run-cli.ts';

/** A server, and a command line that has signed in there as its administrator. */
export interface SignedInCli {
  /** Of the test's own, and gone when it is closed. */
  readonly folder: string;
  readonly server: RunningRoadstead;
  readonly cli: Cli;
  /** Runs a command that must work without a word on standard error. @returns its standard output */
  succeed(args: readonly string[], input?: string): Promise<string>;
  /** The same with `--json`. */
  succeedJson<Shape = unknown>(args: readonly string[], input?: string): Promise<Shape>;
  close(): Promise<void>;
}

export interface SignedInCliOptions {
  readonly env?: (folder: string) => Readonly<Record<string, string>>;
  /** Private projects that are there. */
  readonly projects?: readonly string[];
}

export async function openSignedInCli({ env, projects = [] }: SignedInCliOptions = {}): Promise<SignedInCli> {
  const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-cli-'));
  const server = await startRoadstead({ env: env?.(folder) ?? {} });
  for (const project of projects) await server.createProject(project);
  const cli = createCli(path.join(folder, 'config'));
  const succeed = async (args: readonly string[], input?: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await cli.run(args, input);
    expect({ exitCode, stderr }, args.join(' ')).toEqual({ exitCode: 0, stderr: '' });
    return stdout;
  };
  await succeed(['login', server.host, '--username', 'admin', '--password-stdin'], `${server.admin.password}\n`);
  return {
    folder,
    server,
    cli,
    succeed,
    succeedJson: async (args, input) => JSON.parse(await succeed([...args, '--json'], input)),
    close: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
