import { CLIENT_ID, CLIENT_SECRET } from '../../support/start-oidc-provider.ts';
import { type Answer, readJson } from '../support/http-client.ts';
import type { OpenRegistry } from '../support/open-registry.ts';
import { SignInBrowser } from '../support/sign-in-browser.ts';
import type { EvilProvider, Fields } from './evil-provider.ts';

const OF_EVIL = { groupsClaim: 'groups', adminGroup: 'admins', autoOnboard: true };
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** A sign-in whose browser is at the provider. */
export interface UnderWay {
  readonly browser: SignInBrowser;
  readonly state: string;
  readonly nonce: string;
  readonly challenge: string;
}

/** What attacks are made with: a registry, and two providers that say whatever an attack wants. */
export class AttackStage {
  readonly registry: OpenRegistry;
  readonly evil: EvilProvider;
  readonly other: EvilProvider;
  /** Of both at the registry. */
  evilId = '';
  otherId = '';
  #networks = 0;

  constructor(registry: OpenRegistry, evil: EvilProvider, other: EvilProvider) {
    this.registry = registry;
    this.evil = evil;
    this.other = other;
  }

  async open(): Promise<void> {
    this.evilId = await this.addProvider(this.evil, OF_EVIL);
    const more = { groupsClaim: 'groups', groupPrefix: 'other/', autoOnboard: true };
    this.otherId = await this.addProvider(this.other, more);
  }

  /** @returns its id */
  async addProvider({ issuer }: Pick<EvilProvider, 'issuer'>, more: Fields = {}): Promise<string> {
    const settings = { issuer, clientId: CLIENT_ID, ...more };
    const wanted = { name: `Provider ${Math.random()}`, settings, clientSecret: CLIENT_SECRET };
    const path = '/api/roadstead/v1/login-providers';
    const answer = await this.registry.admin.post(path, JSON.stringify(wanted), JSON_TYPE);
    if (answer.status !== 201) throw new Error(answer.text);
    return readJson<{ id: string }>(answer).id;
  }

  /** The registry asks the evil provider anew for everything that it says of itself. */
  async renewEvil(): Promise<void> {
    const settings = { issuer: this.evil.issuer, clientId: CLIENT_ID, ...OF_EVIL };
    const body = JSON.stringify({ name: 'Evil', settings });
    const answer = await this.registry.admin.put(`/api/roadstead/v1/login-providers/${this.evilId}`, body, JSON_TYPE);
    if (answer.status !== 200) throw new Error(answer.text);
  }

  async removeProvider(id: string): Promise<void> {
    await this.registry.admin.delete(`/api/roadstead/v1/login-providers/${id}?deleteUsers=true`);
  }

  /** From a network of its own, so that no attack is refused for those before it. */
  ask(browser: SignInBrowser, path: string): Promise<Answer> {
    this.#networks += 1;
    const address = `10.${this.#networks >> 8}.${this.#networks & 255}.7`;
    return browser.ask(`${this.registry.url}${path}`, { headers: { 'X-Forwarded-For': address } });
  }

  login(browser: SignInBrowser, id = this.evilId): Promise<Answer> {
    return this.ask(browser, `/c/oidc/login?provider=${id}`);
  }

  /** Begins a sign-in; the provider then knows its nonce. */
  async begin({ id = this.evilId, at = this.evil, browser = new SignInBrowser() } = {}): Promise<UnderWay> {
    const answer = await this.login(browser, id);
    if (answer.status !== 302) throw new Error(`the sign-in does not begin: ${answer.status} ${answer.text}`);
    const { searchParams } = new URL(String(answer.headers.location));
    const get = (name: string) => searchParams.get(name) ?? '';
    at.nonce = get('nonce');
    return { browser, state: get('state'), nonce: get('nonce'), challenge: get('code_challenge') };
  }

  callback({ browser, state }: UnderWay, query: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask(browser, `/c/oidc/callback?${new URLSearchParams({ code: 'code', state, ...query })}`);
  }

  /** A whole sign-in with what the provider says now. */
  async signIn(options: { id?: string; at?: EvilProvider; browser?: SignInBrowser } = {}): Promise<Answer> {
    return this.callback(await this.begin(options));
  }

  /** Puts these claims into the next ID tokens. */
  claim(change: Fields, at = this.evil): void {
    at.token = async () => ({ body: at.tokenAnswer(await at.sign(at.claims(change))) });
  }

  async users(): Promise<readonly string[]> {
    return (await this.registry.store.rows('users')).map(({ username }) => String(username)).sort();
  }

  async groupsOf(username: string): Promise<readonly string[]> {
    const user = (await this.registry.store.rows('users')).find((row) => row['username'] === username);
    const members = await this.registry.store.rows('user_group_members');
    const groups = await this.registry.store.rows('user_groups');
    const own = members.filter((row) => Number(row['user_id']) === Number(user?.['id']));
    const ids = own.map((row) => Number(row['group_id']));
    return groups
      .filter((row) => ids.includes(Number(row['id'])))
      .map((row) => String(row['name']))
      .sort();
  }
}

/** Whether an answer signs the browser in. */
export function opensSession({ headers }: Answer): boolean {
  return (headers['set-cookie'] ?? []).some((cookie) => /^(__Host-)?sid=[^;]+/.test(cookie));
}
