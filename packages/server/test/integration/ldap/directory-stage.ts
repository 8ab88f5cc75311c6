import { Attribute, Change, Client } from 'ldapts';
import { expect } from 'vitest';
import { DIRECTORY, type RunningSlapd, startSlapd } from '../../support/start-slapd.ts';
import type { Engine } from '../support/engines.ts';
import { type Answer, readJson } from '../support/http-client.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import { RegistryClient } from '../support/registry-client.ts';

export const PROVIDERS = '/api/roadstead/v1/login-providers';
export const SESSION = '/api/roadstead/v1/session';
export const JSON_TYPE = { 'Content-Type': 'application/json' };
export const GROUPS = 'ou=groups,dc=example,dc=com';
const PEOPLE = 'ou=people,dc=example,dc=com';

/** A registry and a directory that it asks. The password of somebody is `pw-` and their name. */
export interface DirectoryStage {
  readonly registry: OpenRegistry;
  readonly slapd: RunningSlapd;
  settings(more?: object): Readonly<Record<string, unknown>>;
  addProvider(more?: object, others?: object): Promise<string>;
  /** Removes all providers with the accounts that were made by them. */
  clear(): Promise<void>;
  basic(username: string, password?: string): RegistryClient;
  /** Asks for a registry token. */
  token(username: string, password?: string, query?: string): Promise<Answer>;
  signIn(username: string, password?: string): Promise<Answer>;
  addGroup(name: string, ...members: readonly string[]): Promise<void>;
  setMembers(name: string, ...members: readonly string[]): Promise<void>;
  setPassword(uid: string, password: string): Promise<void>;
  close(): Promise<void>;
}

export const dnOf = (uid: string) => `uid=${uid},${PEOPLE}`;
export const groupDn = (cn: string) => `cn=${cn},${GROUPS}`;

export async function openDirectoryStage(engine: Engine, people: readonly string[]): Promise<DirectoryStage> {
  await using opening = new AsyncDisposableStack();
  const slapd = await startSlapd(entriesOf(people));
  opening.defer(() => slapd.stop());
  const registry = await openRegistry({ engine, env: { ROADSTEAD_EGRESS_ALLOW: '127.0.0.0/8,::1/128' } });
  opening.defer(() => registry.close());
  const client = new Client({ url: slapd.url.replace('localhost', '127.0.0.1') });
  await client.bind(DIRECTORY.admin, DIRECTORY.password);
  opening.defer(() => client.unbind());
  const settings = (more: object = {}) => ({
    ...{ url: slapd.url, startTls: true, certificateAuthorities: slapd.authority, searchDn: DIRECTORY.admin },
    ...{ baseDn: PEOPLE, filter: '(objectClass=person)', uid: 'uid', groupBaseDn: GROUPS, ...more },
  });
  const basic = (username: string, password = `pw-${username}`) =>
    RegistryClient.withBasic(registry.url, { username, password });
  const resources = opening.move();
  return {
    registry,
    slapd,
    settings,
    basic,
    async addProvider(more, others = {}) {
      const body = { kind: 'ldap', name: 'Directory', searchPassword: DIRECTORY.password, settings: settings(more) };
      const answer = await registry.admin.post(PROVIDERS, JSON.stringify({ ...body, ...others }), JSON_TYPE);
      expect(answer.status, answer.text).toBe(201);
      return readJson<{ id: string }>(answer).id;
    },
    async clear() {
      for (const { id } of readJson<{ id: string }[]>(await registry.admin.get(PROVIDERS))) {
        const answer = await registry.admin.delete(`${PROVIDERS}/${id}?deleteUsers=true`);
        expect(answer.status, answer.text).toBe(204);
      }
    },
    token: (username, password, query = '') =>
      basic(username, password).get(`/service/token?service=harbor-registry&${query}`),
    signIn: (username, password = `pw-${username}`) =>
      registry.anonymous.post(SESSION, JSON.stringify({ username, password }), JSON_TYPE),
    addGroup: (cn, ...member) =>
      client.add(groupDn(cn), { objectClass: 'groupOfNames', cn: unescapeHex(cn), member: [...member] }),
    setPassword: (uid, password) =>
      client.modify(
        dnOf(uid),
        new Change({ operation: 'replace', modification: new Attribute({ type: 'userPassword', values: [password] }) }),
      ),
    setMembers: (cn, ...values) =>
      client.modify(
        groupDn(cn),
        new Change({ operation: 'replace', modification: new Attribute({ type: 'member', values: [...values] }) }),
      ),
    close: () => resources.disposeAsync(),
  };
}

function entriesOf(people: readonly string[]): string {
  const units = ['people', 'groups'].map(
    (ou) => `dn: ou=${ou},dc=example,dc=com\nobjectClass: organizationalUnit\nou: ${ou}\n\n`,
  );
  const persons = people.map((uid) => personEntry(uid));
  return `dn: dc=example,dc=com\nobjectClass: domain\ndc: example\n\n${[...units, ...persons].join('')}`;
}

/** In base64, so that any name can be somebody's. */
function personEntry(uid: string): string {
  const text = (name: string, value: string) => `${name}:: ${Buffer.from(value).toString('base64')}\n`;
  const dn = `uid=${[...Buffer.from(uid)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')},${PEOPLE}`;
  const mail = /^[a-z0-9]+$/i.test(uid) ? `mail: ${uid}@example.com\n` : '';
  return `${text('dn', dn)}objectClass: inetOrgPerson\n${text('uid', uid)}${text('cn', `Name of ${uid}`)}sn: x\n${mail}${text('userPassword', `pw-${uid}`)}\n`;
}

/** A value as it is, of one that stands in a name. */
function unescapeHex(value: string): string {
  return value.replaceAll(/\\([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
