import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASKERS, type Asker, type Expected, PROJECTS, type ProjectName, tell } from './access-matrix/golden-rights.ts';
import { isInstanceOf, listManagementRoutes } from './access-matrix/list-management-routes.ts';
import { MATRIX_ROUTES, type MatrixRoute, missingNames, type Names } from './access-matrix/matrix-routes.ts';
import { openScene, type Scene } from './access-matrix/scene.ts';
import { ENGINES } from './support/engines.ts';
import type { Answer } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import type { RegistryClient } from './support/registry-client.ts';
import { runAdmin } from './support/run-admin.ts';

const MIN_CELLS = 5_000;
const TIMEOUT_MS = 600_000;
const HOSTS = { one: 'one.test', two: 'two.test' } as const;
type SceneName = keyof typeof HOSTS;
const SCENES = Object.keys(HOSTS) as SceneName[];

describe.each(ENGINES)('who may do what on %s', (engine) => {
  let registry: OpenRegistry;
  let scenes: Readonly<Record<SceneName, Scene>>;
  let serial = 0;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    for (const [id, host] of Object.entries(HOSTS)) {
      const made = await runAdmin(registry, 'instance', 'create', id, '--host', host);
      expect(made.exitCode, made.errors).toBe(0);
    }
    // How long a server may believe that it knows the instances.
    while ((await registry.admin.get('/v2/')).status !== 404) await new Promise((resolve) => setTimeout(resolve, 100));
    scenes = {
      one: await openScene(registry, HOSTS.one, 'one'),
      two: await openScene(registry, HOSTS.two, 'two'),
    };
  }, TIMEOUT_MS);
  afterAll(() => registry?.close());

  function clientOf(asker: Asker, at: SceneName): RegistryClient {
    const here = scenes[at];
    const elsewhere = scenes[at === 'one' ? 'two' : 'one'];
    if (asker === 'session of elsewhere') return here.clients.anonymous.with({ cookie: elsewhere.session });
    if (asker === 'robot of elsewhere') return elsewhere.clients.robot.with({ host: here.host });
    if (asker === 'token of elsewhere') return elsewhere.clients['bounded token'].with({ host: here.host });
    return here.clients[asker];
  }

  function existing(at: SceneName, project: ProjectName, fresh: string): Names {
    const scene = scenes[at];
    const { id, name, digest, blob, memberId, robotId } = scene.projects[project];
    return {
      project: name,
      projectId: id,
      repository: `${name}/app`,
      tag: 'v1',
      ...{ digest, blob, memberId, robotId, fresh },
      userId: scene.userId,
      username: scene.username,
      groupId: scene.groupId,
    };
  }

  function freshName(): string {
    serial += 1;
    return `fresh-${serial}`;
  }

  function ask(client: RegistryClient, route: MatrixRoute, names: Names): Promise<Answer> {
    const body = route.body?.(names);
    return client.send(route.path(names), {
      method: route.method,
      ...(body === undefined
        ? {}
        : {
            body: typeof body === 'string' ? body : JSON.stringify(body),
            headers: { 'Content-Type': route.type ?? 'application/json' },
          }),
    });
  }

  /** The names with which what is allowed is asked for. */
  async function namesFor(route: MatrixRoute, at: SceneName, project: ProjectName): Promise<Names> {
    const names = existing(at, project, freshName());
    if (route.takesRobot) return { ...names, robotId: await scenes[at].createTarget(project) };
    if (!route.isDestructive) return names;
    const { project: name, projectId, repository } = names;
    return { ...missingNames(names.fresh), project: name, projectId, repository };
  }

  /** @returns what is wrong with the cell */
  async function look(route: MatrixRoute, asker: Asker, at: SceneName, project: ProjectName): Promise<string[]> {
    const expected = tell(asker, route.need, project);
    const client = clientOf(asker, at);
    const cell = `${route.method} ${route.route} by ${asker} in ${project} of ${at}`;
    if (expected === 'allowed') {
      const answer = await ask(client, route, await namesFor(route, at, project));
      return isAllowed(answer) ? [] : [`${cell}: ${answer.status} rather than allowed: ${answer.text.slice(0, 200)}`];
    }
    const names = existing(at, project, freshName());
    const there = await ask(client, route, names);
    const wrong = isRefused(there, expected) ? [] : [`${cell}: ${there.status} rather than ${expected}`];
    if (route.hasName !== true) return wrong;
    const missing = missingNames(freshName());
    const gone = await ask(client, route, missing);
    if (plain(there, names) !== plain(gone, missing)) wrong.push(`${cell}: what is there is told from what is not`);
    return wrong;
  }

  it('is asked of every route of the management API, or somebody has said why not', async () => {
    const found = await listManagementRoutes();
    const asked = new Set(MATRIX_ROUTES.map(({ method, route }) => `${method} ${route}`));
    const isAsked = (name: string) => asked.has(name) || [...asked].some((each) => isInstanceOf(each, name));
    expect(found.filter((name) => !isAsked(name) && !NOT_ASKED.has(name))).toEqual([]);
    expect([...NOT_ASKED.keys()].filter((name) => !found.includes(name))).toEqual([]);
  });

  it(
    'is what the table of roles says in each cell, and nobody learns what there is',
    async () => {
      const wrong: string[] = [];
      let cells = 0;
      for (const route of MATRIX_ROUTES) {
        for (const at of SCENES) {
          for (const project of PROJECTS) {
            const found = await Promise.all(ASKERS.map((asker) => look(route, asker, at, project)));
            cells += ASKERS.length;
            wrong.push(...found.flat());
          }
        }
      }
      console.log(`${engine}: ${cells} cells of ${MATRIX_ROUTES.length} routes, ${wrong.length} wrong`);
      expect(wrong).toEqual([]);
      expect(cells).toBeGreaterThanOrEqual(MIN_CELLS);
    },
    TIMEOUT_MS,
  );
});

/** Why some routes have no row in the matrix. */
const NOT_ASKED: ReadonlyMap<string, string> = new Map([
  ['GET /api/v2.0/users/current/permissions', 'everybody is told of the own ones: user-accounts.test.ts'],
  ['GET /api/roadstead/v1/access/explain', 'who may ask for whom has a table of its own: explain tests'],
  ['POST /api/v2.0/export/cve', 'needs a header of its own, and asks for roles: cve-exports-api.test.ts'],
  ['POST /api/roadstead/v1/session', 'signs in: browser-sessions.test.ts'],
  ['GET /api/roadstead/v1/session', 'tells of the own session: browser-sessions.test.ts'],
  ['DELETE /api/roadstead/v1/session', 'signs out: browser-sessions.test.ts'],
  ['DELETE /api/roadstead/v1/sessions', 'ends the own sessions: browser-sessions.test.ts'],
  ['POST /api/roadstead/v1/session/second-factor', 'signs in: second-factors.test.ts'],
  ['POST /api/roadstead/v1/second-factor/totp/confirm', 'refuses a wrong code: second-factors.test.ts'],
  ['POST /api/roadstead/v1/second-factor/totp/remove', 'refuses a wrong password: second-factors.test.ts'],
  ['POST /device/authorize', 'everybody may ask to be let in: device-logins.test.ts'],
  ['POST /device/token', 'asks with a code of its own: device-logins.test.ts'],
  ['GET /device', 'a page for everybody: device-logins.test.ts'],
  ['POST /device/sign-in', 'signs in: device-logins.test.ts'],
  ['POST /device/second-factor', 'signs in: device-logins.test.ts'],
  ['POST /device/decide', 'needs a session and its proof: device-logins.test.ts'],
  ['POST /api/roadstead/v1/session/second-factor/passkey-options', 'signs in: passkeys.test.ts'],
  ['POST /api/roadstead/v1/session/passkey', 'signs in: passkeys.test.ts'],
  ['POST /api/roadstead/v1/session/passkey/options', 'signs in: passkeys.test.ts'],
  ['GET /api/roadstead/v1/sign-in/passkeys', 'everybody may see how to sign in: passkeys.test.ts'],
  ['POST /api/roadstead/v1/second-factor/passkeys', 'refuses what proves nothing: passkey-attacks.test.ts'],
  ['POST /api/roadstead/v1/second-factor/passkeys/options', 'off at an IP address: passkeys.test.ts'],
  ['PUT /api/roadstead/v1/second-factor/passkeys/:passkey', 'own ones only: passkeys.test.ts'],
  ['POST /api/roadstead/v1/second-factor/passkeys/:passkey/remove', 'own ones only: passkeys.test.ts'],
  ['POST /api/roadstead/v1/second-factor/recovery-codes', 'refuses a wrong password: second-factors.test.ts'],
  ['POST /api/roadstead/v1/password-resets', 'everybody may have forgotten a password: password-resets.test.ts'],
  ['POST /api/roadstead/v1/password-resets/complete', 'asks for a token of its own: password-resets.test.ts'],
  ['GET /set-password', 'a page that is the same for everybody: password-resets.test.ts'],
  ['GET /api/roadstead/v1/sign-in/providers', 'everybody may see where to sign in: login-providers.test.ts'],
  ['GET /api/v2.0/openapi.json', 'a document for everybody: api-page-api.test.ts'],
  ['GET /devcenter-api-2.0', 'a page for everybody: api-page-api.test.ts'],
  ['GET /api/v2.0', 'leads to that page: api-page-api.test.ts'],
  ['GET /api/v2.0/ping', 'for everybody: system-api.test.ts'],
  ['GET /api/v2.0/health', 'for everybody: system-api.test.ts'],
  ['GET /api/v2.0/systeminfo', 'for everybody: system-api.test.ts'],
  ['GET /api/v2.0/systeminfo/getcert', 'for everybody: system-api.test.ts'],
  ['GET /api/v2.0/labels/:label_id', 'by the scope of the label: labels-api.test.ts'],
  ['PUT /api/v2.0/labels/:label_id', 'by the scope of the label: labels-api.test.ts'],
  ['DELETE /api/v2.0/labels/:label_id', 'by the scope of the label: labels-api.test.ts'],
  ['GET /api/v2.0/internalconfig', 'for nobody: system-api.test.ts'],
  ['POST /c/login', 'signs in: browser-sessions.test.ts'],
  ['GET /c/log_out', 'signs out: browser-sessions.test.ts'],
  ['GET /c/oidc/login', 'signs in: oidc-sign-in.test.ts'],
  ['GET /c/oidc/callback', 'signs in: oidc-sign-in.test.ts'],
  ['POST /c/oidc/onboard', 'signs in: oidc-sign-in.test.ts'],
  ['GET /oidc-onboard', 'a page for who comes from a provider: oidc-sign-in.test.ts'],
  ['POST /oidc-onboard', 'signs in: oidc-sign-in.test.ts'],
  ['PUT /api/roadstead/v1/audit/forwarding', 'connects: audit-forwarding tests'],
  ['PUT /api/roadstead/v1/mail/settings', 'changes what all mail goes through: mail-routes.test.ts'],
  ['PUT /api/roadstead/v1/audit/witnesses/:name', 'connects: audit-witness tests'],
  ['GET /api/roadstead/v1/audit/export', 'the whole log: audit-log tests'],
]);

/** Whatever else comes of it. */
function isAllowed({ status }: Answer): boolean {
  return status !== 401 && status !== 403 && status < 500;
}

function isRefused({ status }: Answer, expected: Expected): boolean {
  return status === (expected === 'sign in' ? 401 : 403);
}

/** An answer without the names that the request had, and without what no two answers share. */
function plain({ status, headers, text }: Answer, names: Names): string {
  const { date: _date, 'x-request-id': _id, 'content-length': _length, ...others } = headers;
  // A robot's name has its project's in it.
  const shown = JSON.stringify([status, others, text]).replaceAll(/robot\$[a-z+]+/g, 'robot');
  const known = [names.repository, names.project, names.digest, names.blob, names.fresh, names.username, names.tag];
  return known.reduce((result, name) => result.replaceAll(name, '…'), shown);
}
