import { refuseBody } from './refuse-body.ts';
import type { Stage } from './stage.ts';

const PROVIDERS = '/api/roadstead/v1/login-providers';

/** A provider that people sign in at: what this registry shows there goes in, and never comes out. */
export async function useLoginProvider(stage: Stage): Promise<void> {
  const { book, admin } = stage;
  const field = 'clientSecret of a login provider';
  const settings = { issuer: 'https://id.example', clientId: 'registry' };
  const body = (clientSecret: unknown) => ({ name: '', settings, clientSecret });
  await refuseBody(stage, { field, client: admin, method: 'POST', path: PROVIDERS, body });
  const wanted = { name: 'Example', settings, clientSecret: book.plain(field) };
  const made = await stage.expect(201, admin, 'POST', PROVIDERS, { json: wanted });
  const { id } = JSON.parse(made.text) as { readonly id: string };
  await stage.expect(200, admin, 'PUT', `${PROVIDERS}/${id}`, { json: { name: 'Example', settings } });
  await stage.expect(200, admin, 'GET', PROVIDERS);
  book.use(field, 'accepted');
}
