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
  await useDirectory(stage);
  await useHarborsKeys(stage);
  await useOpenIdConnect(stage);
}

/** The password that people are looked up with in a directory. */
async function useDirectory(stage: Stage): Promise<void> {
  const { book, admin } = stage;
  const field = 'searchPassword of a login provider';
  const wanted = { kind: 'ldap', name: 'Directory' };
  const settings = { url: 'ldaps://directory.example', baseDn: 'dc=example', searchDn: 'cn=search,dc=example' };
  const refused = (searchPassword: unknown) => ({ ...wanted, name: '', settings, searchPassword });
  await refuseBody(stage, { field, client: admin, method: 'POST', path: PROVIDERS, body: refused });
  const body = { ...wanted, settings, searchPassword: book.plain(field) };
  const made = await stage.expect(201, admin, 'POST', PROVIDERS, { json: body });
  const { id } = JSON.parse(made.text) as { readonly id: string };
  await stage.expect(200, admin, 'PUT', `${PROVIDERS}/${id}`, { json: { ...wanted, settings } });
  const elsewhere = { ...settings, url: 'ldaps://other.example' };
  await stage.expect(422, admin, 'PUT', `${PROVIDERS}/${id}`, { json: { ...wanted, settings: elsewhere } });
  await stage.expect(200, admin, 'GET', PROVIDERS);
  // Nobody answers at that address, and names that are not here would be asked for there.
  await stage.expect(204, admin, 'DELETE', `${PROVIDERS}/${id}`);
  book.use(field, 'accepted');
}

/** The same providers in Harbor's keys. */
async function useHarborsKeys(stage: Stage): Promise<void> {
  const { book, admin } = stage;
  const path = '/api/v2.0/configurations';
  const oidc = 'oidc_client_secret of Harbor’s configuration';
  const secret = (oidc_client_secret: unknown) => ({ oidc_endpoint: 'nowhere', oidc_client_secret });
  await refuseBody(stage, { field: oidc, client: admin, method: 'PUT', path, body: secret });
  await stage.expect(200, admin, 'PUT', path, { json: { oidc_client_secret: book.plain(oidc) } });
  book.use(oidc, 'accepted');
  const ldap = 'ldap_search_password of Harbor’s configuration';
  const keys = { ldap_base_dn: 'dc=example', ldap_search_dn: 'cn=search,dc=example' };
  const password = (ldap_search_password: unknown) => ({ ...keys, ldap_url: 'nowhere', ldap_search_password });
  await refuseBody(stage, { field: ldap, client: admin, method: 'PUT', path, body: password });
  const json = { ...keys, ldap_url: 'ldaps://directory.example', ldap_search_password: book.plain(ldap) };
  await stage.expect(200, admin, 'PUT', path, { json });
  await stage.expect(400, admin, 'PUT', path, { json: { ldap_url: 'ldaps://other.example' } });
  await stage.expect(200, admin, 'GET', path);
  book.use(ldap, 'accepted');
  const all = await stage.expect(200, admin, 'GET', PROVIDERS);
  const directory = (JSON.parse(all.text) as { id: string; kind: string }[]).find(({ kind }) => kind === 'ldap');
  // Names that are not here would be asked for there.
  await stage.expect(204, admin, 'DELETE', `${PROVIDERS}/${directory?.id}`);
}

/** And in OVH's fields. */
async function useOpenIdConnect(stage: Stage): Promise<void> {
  const { book, admin } = stage;
  const path = '/api/roadstead/v1/open-id-connect';
  const field = 'clientSecret of OVH’s openIdConnect';
  const provider = { name: 'Example', endpoint: 'https://id.example', clientId: 'registry', scope: 'openid' };
  const unfit = (clientSecret: unknown) => ({ provider: { ...provider, endpoint: 'nowhere', clientSecret } });
  await refuseBody(stage, { field, client: admin, method: 'POST', path, body: unfit });
  await refuseBody(stage, { field, client: admin, method: 'PUT', path, body: unfit });
  const json = { provider: { ...provider, clientSecret: book.plain(field) } };
  await stage.expect(200, admin, 'POST', path, { json });
  await stage.expect(200, admin, 'PUT', path, { json });
  await stage.expect(200, admin, 'GET', path);
  book.use(field, 'accepted');
}
