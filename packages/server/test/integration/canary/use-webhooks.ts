import { refuseBody } from './refuse-body.ts';
import type { Stage } from './stage.ts';

/** Whom a project tells of what happens in it: the header that they want goes in, and never comes out. */
export async function useWebhooks(stage: Stage): Promise<void> {
  const { book, admin } = stage;
  const field = 'auth_header of a webhook';
  await stage.expect(201, admin, 'POST', '/api/v2.0/projects', { json: { project_name: 'hooked' } });
  const path = '/api/v2.0/projects/hooked/webhook/policies';
  const body = (secret: unknown, name = '') => ({
    name,
    targets: [{ type: 'http', address: 'https://hooks.example.com/', auth_header: secret }],
    event_types: ['PUSH_ARTIFACT'],
    enabled: true,
  });
  await refuseBody(stage, { field, client: admin, method: 'POST', path, body });
  const made = await stage.expect(201, admin, 'POST', path, { json: body(book.plain(field), 'hook') });
  const policy = made.headers.location ?? '';
  await stage.expect(200, admin, 'GET', policy);
  await stage.expect(200, admin, 'GET', path);
  await stage.expect(200, admin, 'PUT', policy, { json: body('*****', 'turned') });
  await stage.expect(400, admin, 'PUT', policy, { json: { ...body(book.plain(field), 'turned'), event_types: [] } });
  book.use(field, 'accepted');
}
