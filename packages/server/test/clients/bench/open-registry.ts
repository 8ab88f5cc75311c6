import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { provideLogins } from './provide-logins.ts';
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
  const { ForeignIssuer } = await import('../../support/foreign-issuer.ts');
  const issuer = new ForeignIssuer('localhost');
  await issuer.open();
  const folder = mkdtempSync(path.join(tmpdir(), 'roadstead-clients-issuer-'));
  const authority = path.join(folder, 'issuer.pem');
  writeFileSync(authority, issuer.certificatePem);
  const server: RunningRoadstead = await startRoadstead({
    env: {
      ROADSTEAD_EXTERNAL_URL: `http://${externalHost}`,
      ROADSTEAD_EGRESS_ALLOW: 'localhost,127.0.0.1/32',
      NODE_EXTRA_CA_CERTS: authority,
    },
  });
  await server.createProject(project);
  await server.createProject(publicProject, { public: true });
  const logins = await provideLogins(`http://${server.host}`, server.admin, project, issuer);
  const registry = new Registry({ host: server.host, ...loginOf(server), project, publicProject, logins });
  const stop = async () => {
    await server.stop();
    await issuer.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { registry, log: () => server.log(), stop };
}
