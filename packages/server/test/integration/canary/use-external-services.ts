import { refuseBody } from './refuse-body.ts';
import type { Stage } from './stage.ts';

const REGISTRIES = '/api/v2.0/registries';
const SCANNERS = '/api/v2.0/scanners';

/** Registries and scanners elsewhere, which take whatever they are given: what is shown there goes in, and never comes out. */
export async function useExternalServices(stage: Stage): Promise<void> {
  await useRegistry(stage);
  await useScanner(stage);
}

async function useScanner(stage: Stage): Promise<void> {
  const { book, admin, receiver } = stage;
  const field = 'access_credential of a scanner';
  const body = (secret: unknown, name = '') => ({ name, url: receiver.url, auth: 'Bearer', access_credential: secret });
  await refuseBody(stage, { field, client: admin, method: 'POST', path: SCANNERS, body });
  await stage.expect(400, admin, 'POST', `${SCANNERS}/ping`, { json: body(book.plain(field), 'tried') });
  const made = await stage.expect(201, admin, 'POST', SCANNERS, { json: body(book.plain(field), 'scanner') });
  const path = made.headers.location ?? '';
  const kept = { name: 'scanner', url: receiver.url, auth: 'Bearer' };
  await stage.expect(200, admin, 'PUT', path, { json: { ...kept, description: 'another one' } });
  await stage.expect(400, admin, 'PUT', path, { json: { ...kept, url: 'https://other.example' } });
  await stage.expect(200, admin, 'GET', path);
  await stage.expect(200, admin, 'GET', SCANNERS);
  await stage.expect(412, admin, 'GET', `${path}/metadata`);
  book.use(field, 'accepted');
}

async function useRegistry(stage: Stage): Promise<void> {
  const { book, admin } = stage;
  const field = 'access_secret of a registry';
  const body = (secret: unknown) => ({
    name: '',
    type: 'docker-registry',
    url: stage.receiver.url,
    credential: { type: 'basic', access_key: 'robot', access_secret: secret },
  });
  await refuseBody(stage, { field, client: admin, method: 'POST', path: REGISTRIES, body });
  const { receiver } = stage;
  const { takes } = receiver;
  receiver.takes = false;
  const wanted = { ...body(book.plain(field)), name: 'elsewhere' };
  await stage.expect(400, admin, 'POST', REGISTRIES, { json: wanted });
  receiver.takes = true;
  const made = await stage.expect(201, admin, 'POST', REGISTRIES, { json: wanted });
  const path = made.headers.location ?? '';
  await stage.expect(200, admin, 'PUT', path, { json: { description: 'another one' } });
  await stage.expect(400, admin, 'PUT', path, { json: { url: 'https://other.example' } });
  await stage.expect(200, admin, 'GET', path);
  await stage.expect(200, admin, 'GET', REGISTRIES);
  receiver.takes = takes;
  book.use(field, 'accepted');
}
