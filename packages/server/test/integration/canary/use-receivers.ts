import { vi } from 'vitest';
import { readJson } from '../support/http-client.ts';
import { refuseBody } from './refuse-body.ts';
import type { Stage } from './stage.ts';
import { useLoginProvider } from './use-login-provider.ts';

const AUDIT = '/api/roadstead/v1/audit';
const FORWARDING = `${AUDIT}/forwarding`;
const MAIL = '/api/roadstead/v1/mail/settings';
const PATIENT = { timeout: 60_000, interval: 50 };

interface ShownWitness {
  readonly name: string;
  readonly failures: number;
  readonly deliveredSize: number;
}

/** Those outside whom the audit log is sent to: they refuse first, and say again what they were sent, and take it then. */
export async function useReceivers(stage: Stage): Promise<void> {
  await refuseReceivers(stage);
  await useLoginProvider(stage);
  await useSyslog(stage);
  await useMail(stage);
  stage.receiver.takes = false;
  await useForwarding(stage, 'refused');
  await useWitnesses(stage, 'refused');
  stage.receiver.takes = true;
  await useForwarding(stage, 'accepted');
  await useWitnesses(stage, 'accepted');
  const { receiver, book } = stage;
  const sent = receiver.received.map(({ authorization, target }) => `${authorization} ${target}`).join('\n');
  for (const field of [
    'bearerToken of the forwarding',
    'address of a webhook',
    'authorization of a webhook',
  ] as const) {
    if (sent.includes(book.plain(field))) book.use(field, 'accepted');
  }
  if (sent.includes('X-Amz-Signature=')) book.use('secretAccessKey of a bucket', 'accepted');
}

/** The server refuses the password, as nothing listens there; what it stands for is kept sealed all the same. */
async function useMail(stage: Stage): Promise<void> {
  const { admin, book } = stage;
  const field = 'password of the mail server';
  const server = { host: '127.0.0.1', port: 1, security: 'tls', username: 'registry' };
  const from = { address: 'registry@example.com' };
  const body = (password: unknown) => ({ server, from: { address: 'no address' }, password });
  await refuseBody(stage, { field, client: admin, method: 'PUT', path: MAIL, body });
  await stage.expect(200, admin, 'PUT', MAIL, { json: { server, from, password: book.plain(field) } });
  await stage.expect(200, admin, 'POST', '/api/roadstead/v1/mail/test', { json: { to: 'carol@example.com' } });
  await stage.expect(200, admin, 'GET', MAIL);
  book.use(field, 'accepted');
}

async function useSyslog(stage: Stage): Promise<void> {
  const { admin, syslog, marker } = stage;
  const target = { kind: 'syslog', host: '127.0.0.1', port: syslog.port, tls: false };
  await stage.expect(200, admin, 'PUT', FORWARDING, { json: { target, from: 'beginning' } });
  await vi.waitUntil(() => syslog.messages.some(({ fields }) => fields['userAgent'] === marker), PATIENT);
}

async function refuseReceivers(stage: Stage): Promise<void> {
  const { book, admin, receiver } = stage;
  const { host } = new URL(receiver.url);
  const method = 'PUT';
  const inAddress = 'userinfo and query of the forwarding’s address';
  const secret = book.wrong(inAddress);
  const addresses = [
    `https://admin:${secret}@${host}/`,
    `https://${host}/?token=${secret}`,
    `https://${host}/#${secret}`,
    secret,
  ];
  for (const url of addresses) {
    await stage.expect(422, admin, method, FORWARDING, { json: { target: { kind: 'https', url } } });
  }
  const syslog = { kind: 'syslog', host: `admin:${secret}@127.0.0.1`, port: 6514 };
  await stage.expect(422, admin, method, FORWARDING, { json: { target: syslog } });
  book.use(inAddress, 'refused');
  const bearer = (bearerToken: unknown) => ({ target: { kind: 'https', url: 'no address', bearerToken } });
  await refuseBody(stage, {
    field: 'bearerToken of the forwarding',
    client: admin,
    method,
    path: FORWARDING,
    body: bearer,
  });
  const ofWitness = 'userinfo of a witness’s address';
  for (const url of [`https://admin:${book.wrong(ofWitness)}@${host}/`, `http://${host}/${book.wrong(ofWitness)}`]) {
    await stage.expect(422, admin, method, `${AUDIT}/witnesses/none`, { json: { kind: 'webhook', url } });
  }
  book.use(ofWitness, 'refused');
  const path = `${AUDIT}/witnesses/No-Name`;
  const webhook = (authorization: unknown) => ({ kind: 'webhook', url: `${receiver.url}/`, authorization });
  await refuseBody(stage, { field: 'authorization of a webhook', client: admin, method, path, body: webhook });
  const address = (url: unknown) => ({ kind: 'webhook', url });
  await refuseBody(stage, { field: 'address of a webhook', client: admin, method, path, body: address });
  const bucket = (secretAccessKey: unknown) => ({ ...BUCKET, endpoint: receiver.url, secretAccessKey });
  await refuseBody(stage, { field: 'secretAccessKey of a bucket', client: admin, method, path, body: bucket });
}

const BUCKET = { kind: 's3', region: 'eu', bucket: 'vault', accessKeyId: 'AKIDEXAMPLE' };

async function useForwarding(stage: Stage, use: 'accepted' | 'refused'): Promise<void> {
  const { admin, receiver, book } = stage;
  const bearerToken = book.plain('bearerToken of the forwarding');
  const target = { kind: 'https', url: `${receiver.url}/audit`, bearerToken };
  await stage.expect(200, admin, 'PUT', FORWARDING, { json: { target, from: 'beginning' } });
  const read = async () => {
    const shown = await stage.expect(200, admin, 'GET', FORWARDING);
    return readJson<{ state: { failures: number; succeededAt: string | null } }>(shown).state;
  };
  const isDone = ({ failures, succeededAt }: Awaited<ReturnType<typeof read>>) =>
    use === 'refused' ? failures > 0 : succeededAt !== null;
  await vi.waitUntil(async () => isDone(await read()), PATIENT);
}

async function useWitnesses(stage: Stage, use: 'accepted' | 'refused'): Promise<void> {
  const { admin, receiver, book } = stage;
  const url = `${receiver.url}/${book.plain('address of a webhook')}?token=${book.plain('address of a webhook')}`;
  const authorization = `Bearer ${book.plain('authorization of a webhook')}`;
  const secretAccessKey = book.plain('secretAccessKey of a bucket');
  await stage.expect(204, admin, 'PUT', `${AUDIT}/witnesses/hook`, { json: { kind: 'webhook', url, authorization } });
  const bucket = { ...BUCKET, endpoint: receiver.url, secretAccessKey };
  await stage.expect(204, admin, 'PUT', `${AUDIT}/witnesses/vault`, { json: bucket });
  await stage.expect(200, admin, 'POST', `${AUDIT}/checkpoint`);
  const read = async () => readJson<ShownWitness[]>(await stage.expect(200, admin, 'GET', `${AUDIT}/witnesses`));
  const isDone = ({ failures, deliveredSize }: ShownWitness) => (use === 'refused' ? failures > 0 : deliveredSize > 0);
  await vi.waitUntil(async () => (await read()).every(isDone), PATIENT);
}
