import { readJson } from '../support/http-client.ts';
import type { Field } from './fields.ts';
import { refuseBody } from './refuse-body.ts';
import type { Stage } from './stage.ts';

const ROBOTS = '/api/v2.0/robots';
const TOKENS = '/api/roadstead/v1/access-tokens';
const TOKEN = '/service/token';
const PULL = [{ kind: 'project', namespace: 'team', access: [{ resource: 'repository', action: 'pull' }] }];

/** What machines sign in with: secrets of robots, access tokens, registry tokens, refresh tokens. */
export async function useMachines(stage: Stage): Promise<void> {
  await useMadeSecrets(stage);
  await useChosenSecrets(stage);
  await useAccessTokens(stage);
  await useRegistryTokens(stage);
}

const newRobot = (name: string) => ({ name, level: 'project', duration: 1, permissions: PULL });

async function useMadeSecrets(stage: Stage): Promise<void> {
  const { admin } = stage;
  const created = await stage.expect(201, admin, 'POST', ROBOTS, { json: newRobot('made') });
  const robot = readJson<{ id: number; name: string; secret: string }>(created);
  stage.answers.gives(created, 'secret that POST /api/v2.0/robots makes', robot.secret);
  const path = `${ROBOTS}/${robot.id}`;
  const rotated = await stage.expect(200, admin, 'PATCH', path, { json: { overlap_seconds: 3_600 } });
  const { secret } = readJson<{ secret: string }>(rotated);
  stage.answers.gives(rotated, 'secret that PATCH /api/v2.0/robots/:id makes', secret);
  for (const shown of [robot.secret, secret]) await pull(stage, robot.name, shown, 200);
  await stage.expect(200, admin, 'PATCH', path, { json: { secret: '' } });
  const client = stage.from(stage.clientOf(robot.name, secret), 'secret that PATCH /api/v2.0/robots/:id makes');
  await stage.expect(401, client, 'GET', '/v2/');
}

async function useChosenSecrets(stage: Stage): Promise<void> {
  const { book, admin } = stage;
  const atCreation = 'chosen secret of POST /api/v2.0/robots';
  // A level that there is not: whatever else is right, no robot is made.
  const refused = (secret: unknown) => ({ ...newRobot('chosen'), level: 'none', secret });
  await refuseBody(stage, { field: atCreation, client: admin, method: 'POST', path: ROBOTS, body: refused });
  for (const secret of ['canary', book.wrong(atCreation).toLowerCase()]) {
    await stage.expect(400, admin, 'POST', ROBOTS, { json: { ...newRobot('chosen'), secret } });
  }
  const json = { ...newRobot('chosen'), secret: book.right(atCreation) };
  const created = await stage.expect(201, admin, 'POST', ROBOTS, { json });
  // Whoever has chosen it is shown it, as Harbor's clients want it: in this answer alone.
  stage.answers.givesAgain(created, atCreation);
  const { id, name } = readJson<{ id: number; name: string }>(created);
  await pull(stage, name, book.right(atCreation), 200);
  book.use(atCreation, 'accepted');
  const atRotation = 'chosen secret of PATCH /api/v2.0/robots/:id';
  const path = `${ROBOTS}/${id}`;
  const none = `${ROBOTS}/999999`;
  await refuseBody(stage, {
    field: atRotation,
    client: admin,
    method: 'PATCH',
    path: none,
    body: (secret) => ({ secret }),
  });
  await stage.expect(200, admin, 'PATCH', path, { json: { secret: book.right(atRotation) } });
  await pull(stage, name, book.right(atRotation), 200);
  book.use(atRotation, 'accepted');
  await pull(stage, name, book.wrong(atRotation), 401);
}

async function pull(stage: Stage, name: string, secret: string, status: number): Promise<void> {
  const client = stage.from(stage.clientOf(name, secret), 'chosen secret of PATCH /api/v2.0/robots/:id');
  await stage.expect(status, client, 'GET', '/v2/team/app/manifests/v1');
}

async function useAccessTokens(stage: Stage): Promise<void> {
  const { admin, anonymous } = stage;
  const field = 'access token';
  for (const json of [{ name: 'whole' }, { name: 'bounded', permissions: PULL, expiresInDays: 1 }]) {
    const made = await stage.expect(201, admin, 'POST', TOKENS, { json });
    const { id, token } = readJson<{ id: number; token: string }>(made);
    stage.answers.gives(made, field, token);
    await stage.expect(200, stage.clientOf('admin', token), 'GET', '/v2/team/app/manifests/v1');
    const bearer = anonymous.with({ authorization: `Bearer ${token}` });
    await stage.expect(200, bearer, 'GET', '/api/v2.0/projects');
    await stage.ask(bearer, 'GET', '/v2/');
    await stage.ask(stage.clientOf('nobody', token), 'GET', '/v2/');
    await stage.ask(anonymous, 'DELETE', `${TOKENS}/${id}?token=${token}`);
    if (json.name === 'whole') continue;
    await stage.expect(204, admin, 'DELETE', `${TOKENS}/${id}`);
    await stage.expect(401, stage.from(stage.clientOf('admin', token), field), 'GET', '/v2/');
  }
}

async function useRegistryTokens(stage: Stage): Promise<void> {
  const { admin, anonymous, answers } = stage;
  const scope = 'scope=repository:team/app:pull,push';
  const query = `service=harbor-registry&${scope}&offline_token=true&client_id=canary`;
  const issued = await stage.expect(200, admin, 'GET', `${TOKEN}?${query}`);
  const { token, refresh_token: refreshToken } = readJson<{ token: string; refresh_token: string }>(issued);
  answers.gives(issued, 'registry token', token);
  answers.gives(issued, 'refresh token', refreshToken);
  const bearer = anonymous.with({ authorization: `Bearer ${token}` });
  await stage.expect(200, bearer, 'GET', '/v2/team/app/tags/list');
  await stage.ask(bearer, 'GET', '/v2/other/app/tags/list');
  await stage.ask(bearer, 'GET', '/api/v2.0/users/current');
  await stage.ask(anonymous.with({ authorization: `Bearer ${token}x` }), 'GET', '/v2/');
  await stage.ask(anonymous, 'GET', `/v2/team/app/tags/list?access_token=${token}`);
  const grant = (secret: string) => ({
    grant_type: 'refresh_token',
    refresh_token: secret,
    service: 'harbor-registry',
  });
  const renewed = await stage.expect(200, anonymous, 'POST', TOKEN, {
    form: { ...grant(refreshToken), access_type: 'offline' },
  });
  const again = readJson<{ token: string; refresh_token?: string }>(renewed);
  answers.gives(renewed, 'registry token', again.token);
  // Whoever refreshes holds it already.
  answers.givesAgain(renewed, 'refresh token');
  const wrong: readonly [Field, string][] = [['refresh token', `${refreshToken}x`]];
  for (const [field, secret] of wrong) {
    await stage.expect(401, stage.from(anonymous, field), 'POST', TOKEN, { form: grant(secret) });
  }
}
