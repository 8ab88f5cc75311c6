import { LoginMaker } from './login-maker.ts';
import { Registry, type RegistryAccess } from './registry.ts';

export interface OpenRegistry {
  readonly registry: Registry;
  /** The server's log so far; empty for a registry that somebody else runs. */
  log(): string;
  stop(): Promise<void>;
}

/** The part of the test support that the matrix uses. */
interface RunningRoadstead {
  readonly host: string;
  readonly admin: { readonly username: string; readonly password: string };
  log(): string;
  stop(): Promise<void>;
  createProject(name: string, options?: { public?: boolean }): Promise<void>;
}

const project = 'clients';
const publicProject = 'open';

/** Who the clients log in as. */
function loginOf(server: RunningRoadstead): Pick<RegistryAccess, 'username' | 'password'> {
  return server.admin;
}

/** A registry of somebody else, with the projects `clients` and `open` (public) ready. */
function foreignRegistry(host: string, env: NodeJS.ProcessEnv): OpenRegistry {
  const username = env['ROADSTEAD_CLIENTS_USERNAME'] ?? 'admin';
  const password = env['ROADSTEAD_CLIENTS_PASSWORD'] ?? '';
  const registry = new Registry({ host, username, password, project, publicProject, logins: {} });
  return { registry, log: () => '', stop: async () => {} };
}

/**
 * Starts a Roadstead server that is also reached at `externalHost`, or takes the registry that
 * `ROADSTEAD_CLIENTS_REGISTRY` (host:port) names.
 */
export async function openRegistry(env: NodeJS.ProcessEnv, externalHost: string): Promise<OpenRegistry> {
  const foreign = env['ROADSTEAD_CLIENTS_REGISTRY'];
  if (foreign !== undefined) return foreignRegistry(foreign, env);
  const { startRoadstead } = await import('../../support/start-roadstead.ts');
  const { openCounterparts } = await import('./open-counterparts.ts');
  const counterparts = await openCounterparts();
  const server: RunningRoadstead = await startRoadstead({
    env: { ROADSTEAD_EXTERNAL_URL: `http://${externalHost}`, ...counterparts.env },
  });
  await server.createProject(project);
  await server.createProject(publicProject, { public: true });
  const origin = `http://${server.host}`;
  const logins = await new LoginMaker(origin, server.admin, project).make(await counterparts.start(origin));
  const registry = new Registry({ host: server.host, ...loginOf(server), project, publicProject, logins });
  const stop = async () => {
    await server.stop();
    await counterparts.stop();
  };
  return { registry, log: () => server.log(), stop };
}
