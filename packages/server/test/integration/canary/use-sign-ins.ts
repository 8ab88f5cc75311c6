import type { RegistryClient } from '../support/registry-client.ts';
import type { Field } from './fields.ts';
import { refuseBody } from './refuse-body.ts';
import type { Asked, Stage } from './stage.ts';
import { createUser } from './use-accounts.ts';

const TOKEN = '/service/token';
const SESSION = '/api/roadstead/v1/session';

/** Secrets where somebody signs in, and where they have no business. */
export async function useSignIns(stage: Stage): Promise<void> {
  await useBasic(stage, 'Basic on /v2', '/v2/');
  await useBasic(stage, 'Basic on /api', '/api/v2.0/users/current');
  await useBasic(stage, 'Basic on /service/token', `${TOKEN}?service=harbor-registry`);
  await useForm(stage, 'password grant of /service/token', TOKEN, (username, password) => ({
    ...{ grant_type: 'password', service: 'harbor-registry', username, password },
  }));
  await useForm(stage, 'password of /c/login', '/c/login', (principal, password) => ({ principal, password }));
  await useSessionBody(stage);
  await useHeaders(stage);
  await useWrongPlaces(stage);
}

async function useBasic(stage: Stage, field: Field, path: string): Promise<void> {
  const { book } = stage;
  const username = await openAccount(stage, field);
  await accept(stage, field, stage.clientOf(username, book.right(field)), path);
  for (const secret of [book.wrong(field), `${book.right(field)}x`]) {
    await refuse(stage, field, stage.clientOf(username, secret), path);
    await refuse(stage, field, stage.clientOf('nobody', secret), path);
  }
}

async function useForm(
  stage: Stage,
  field: Field,
  path: string,
  fields: (username: string, password: string) => Readonly<Record<string, string>>,
): Promise<void> {
  const { book, anonymous } = stage;
  const username = await openAccount(stage, field);
  const wrong = fields(username, book.wrong(field));
  await refuse(stage, field, anonymous, path, { form: wrong, method: 'POST' });
  await refuse(stage, field, anonymous, path, { json: wrong, method: 'POST' });
  await refuse(stage, field, anonymous, path, { form: wrong, method: 'PUT' });
  await refuse(stage, field, anonymous, `${path}-no`, { form: wrong, method: 'POST' });
  const filled = { ...wrong, filler: 'x'.repeat(100_000) };
  // The connection may end before all of it is taken, and the answer with it.
  await refuse(stage, field, anonymous, path, { form: filled, method: 'POST' }).catch(() => undefined);
  await refuse(stage, field, anonymous, path, { form: { password: book.wrong(field) }, method: 'POST' });
  await refuse(stage, field, anonymous, path, { form: { grant_type: book.wrong(field) }, method: 'POST' });
  const answer = await accept(stage, field, anonymous, path, {
    form: fields(username, book.right(field)),
    method: 'POST',
  });
  keepSession(stage, answer);
}

async function useSessionBody(stage: Stage): Promise<void> {
  const field = 'password of POST /api/roadstead/v1/session';
  const { book, anonymous } = stage;
  const username = await openAccount(stage, field);
  const body = (password: unknown) => ({ username, password });
  await refuseBody(stage, {
    field,
    client: anonymous,
    method: 'POST',
    path: SESSION,
    body: (secret) => ({ ...body(secret), username: 'nobody' }),
  });
  const right = { json: body(book.right(field)), method: 'POST' };
  const answer = await accept(stage, field, anonymous, SESSION, right);
  const { cookie, csrfToken } = keepSession(stage, answer) ?? {};
  if (cookie === undefined || csrfToken === undefined) throw new Error('no session was opened');
  const browser = anonymous.with({ cookie });
  const inSession = async (
    status: number,
    ...asked: Parameters<Stage['ask']> extends [unknown, ...infer Rest] ? Rest : never
  ) => {
    const shown = await stage.expect(status, browser, ...asked);
    stage.answers.givesAgain(shown, 'token against forged requests');
  };
  await inSession(200, 'GET', '/api/v2.0/users/current');
  await inSession(403, 'PUT', '/api/v2.0/users/1', { json: {}, headers: csrf(book.wrong('X-Harbor-CSRF-Token')) });
  book.use('X-Harbor-CSRF-Token', 'refused');
  await inSession(403, 'PUT', '/api/v2.0/users/1', { json: {}, headers: csrf(csrfToken) });
  await stage.ask(anonymous.with({ cookie: `${cookie}x` }), 'GET', '/api/v2.0/users/current');
  const foreign = { origin: 'https://elsewhere.example' };
  await inSession(403, 'POST', SESSION, { ...right, headers: foreign });
}

const csrf = (token: string) => ({ 'x-harbor-csrf-token': token });

/** The session that the answer opens, if it does. */
function keepSession(stage: Stage, answer: Awaited<ReturnType<Stage['ask']>>) {
  const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0];
  const csrfToken = answer.headers['x-harbor-csrf-token'];
  if (cookie === undefined || typeof csrfToken !== 'string') return undefined;
  stage.answers.gives(answer, 'secret of a session', cookie.split('=')[1] ?? '');
  stage.answers.gives(answer, 'token against forged requests', csrfToken);
  return { cookie, csrfToken };
}

async function useHeaders(stage: Stage): Promise<void> {
  const { book, anonymous } = stage;
  const paths = ['/v2/', '/v2/team/app/tags/list', '/api/v2.0/users', `${TOKEN}?service=harbor-registry`, '/nothing'];
  const headers = [
    ['Bearer on /v2 and /api', 'authorization', (secret: string) => `Bearer ${secret}`],
    ['Bearer on /v2 and /api', 'authorization', (secret: string) => `Bearer roadstead_pat_${secret}`],
    [
      'another scheme of Authorization',
      'authorization',
      (secret: string) => `Digest username="admin", response="${secret}"`,
    ],
    ['another scheme of Authorization', 'authorization', (secret: string) => `Basic ${secret}`],
    ['another scheme of Authorization', 'authorization', (secret: string) => secret],
    [
      'another scheme of Authorization',
      'authorization',
      (secret: string) => `Basic ${Buffer.from(secret).toString('base64')}`,
    ],
    ['another scheme of Authorization', 'authorization', (secret: string) => `Bearer ${secret} ${'x'.repeat(9_000)}`],
    ['another scheme of Authorization', 'proxy-authorization', (secret: string) => `Basic ${secret}`],
    [
      'a password in place of the user name',
      'authorization',
      (secret: string) => `Basic ${Buffer.from(`${secret}:x`).toString('base64')}`,
    ],
    ['cookie of a session', 'cookie', (secret: string) => `sid=${secret}`],
    [
      'cookie of a session',
      'cookie',
      (secret: string) => `sid=${secret}; sid=${secret}; __Host-sid=${secret}; ${secret}`,
    ],
    ['userinfo of Host, Origin and Referer', 'origin', (secret: string) => `http://admin:${secret}@127.0.0.1`],
    ['userinfo of Host, Origin and Referer', 'referer', (secret: string) => `http://admin:${secret}@127.0.0.1/`],
    ['userinfo of Host, Origin and Referer', 'host', (secret: string) => `admin:${secret}@127.0.0.1`],
  ] as const;
  for (const [field, name, value] of headers) {
    const client = anonymous.with({ [name]: value(book.wrong(field)) });
    for (const path of paths) await refuse(stage, field, client, path);
    await stage.ask(stage.from(client, field), 'POST', '/c/login', { form: { principal: 'nobody', password: 'no' } });
  }
}

async function useWrongPlaces(stage: Stage): Promise<void> {
  const { book, anonymous, admin, answers } = stage;
  const field = 'a query parameter';
  const secret = encodeURIComponent(book.right(field));
  const names = ['password', 'secret', 'token', 'access_token', 'refresh_token', 'client_secret', 'sid'];
  const query = names.map((name) => `${name}=${secret}`).join('&');
  const lists = ['/api/v2.0/projects', '/api/v2.0/users', '/api/v2.0/robots', '/api/v2.0/projects/team/members'];
  for (const path of lists) await stage.ask(admin, 'GET', `${path}?page_size=1&${query}`);
  for (const path of [
    '/v2/_catalog',
    '/v2/team/app/tags/list',
    '/v2/team/app/manifests/none',
    '/api/roadstead/v1/users',
  ]) {
    await stage.ask(admin, 'GET', `${path}?n=1&limit=1&${query}`);
  }
  for (const path of [
    '/v2/',
    `${TOKEN}`,
    '/c/login',
    '/nothing',
    '/c/oidc/login',
    '/c/oidc/callback',
    '/c/log_out',
    SESSION,
  ]) {
    await refuse(stage, field, anonymous, `${path}?account=admin&scope=repository:team/app:pull&${query}`);
  }
  const started = await stage.expect(202, admin, 'POST', `/v2/team/app/blobs/uploads/?${query}`);
  await stage.ask(admin, 'PATCH', `${started.headers.location}?${query}`, { text: 'x' });
  const grants = 'refresh_token grant';
  const form = { grant_type: 'refresh_token', refresh_token: book.right(grants), service: 'harbor-registry' };
  await refuse(stage, grants, anonymous, TOKEN, { form, method: 'POST' });
  const target = 'userinfo of the request target';
  const { host } = new URL(stage.url);
  for (const path of ['/v2/', '/api/v2.0/users/current', '/c/login']) {
    const line = `GET http://admin:${book.wrong(target)}@${host}${path} HTTP/1.1`;
    const status = await answers.sendRaw(`GET ${path} in absolute form`, stage.url, rawRequest(line, host));
    if (status >= 400) book.use(target, 'refused');
  }
  const tunnel = `CONNECT admin:${book.wrong(target)}@${host} HTTP/1.1`;
  await answers.sendRaw('CONNECT', stage.url, rawRequest(tunnel, host));
}

function rawRequest(line: string, host: string): string {
  return `${line}\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
}

/** An account for the field. @returns its name */
async function openAccount(stage: Stage, field: Field): Promise<string> {
  const username = field.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  await createUser(stage, username, stage.book.right(field));
  return username;
}

type Way = Asked & { readonly method?: string };

async function accept(stage: Stage, field: Field, client: RegistryClient, path: string, way: Way = {}) {
  const answer = await stage.expect(200, stage.from(client, field), way.method ?? 'GET', path, way);
  stage.book.use(field, 'accepted');
  const body = answer.text.startsWith('{') ? (JSON.parse(answer.text) as { readonly token?: string }) : {};
  if (body.token !== undefined) stage.answers.gives(answer, 'registry token', body.token);
  return answer;
}

async function refuse(stage: Stage, field: Field, client: RegistryClient, path: string, way: Way = {}): Promise<void> {
  const { status } = await stage.ask(stage.from(client, field), way.method ?? 'GET', path, way);
  if (status >= 400) stage.book.use(field, 'refused');
}
