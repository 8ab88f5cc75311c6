import type { Socket } from 'node:net';
import type { Client, Entry, Filter } from 'ldapts';
import { EgressError, type EgressGuard } from '../../kernel/egress-guard.ts';
import { findResultCode, LdapError } from './ldap-error.ts';
import { LdapMessageFramer } from './ldap-message-framer.ts';
import type { CompleteLdapSettings, LdapScope } from './ldap-settings.ts';
import { openLdapSocket } from './open-ldap-socket.ts';

export interface LdapSearch {
  readonly base: string;
  readonly scope: LdapScope;
  readonly filter: Filter;
  readonly attributes: readonly string[];
  /** More than these are not asked for. */
  readonly maxEntries: number;
}

const SCOPES = ['base', 'one', 'sub'] as const;
const PAGE_SIZE = 500;
const NO_SUCH_OBJECT = 32;
/** Of values that are no text. */
const BINARY = ['objectGUID'];

/**
 * What a directory answers when a password is not the right one, the account is locked or has none, or is gone: 19, 32, 34,
 * 48, 49, 50, 53 (RFC 4511 appendix A.1). Which of them it is, is not for the person who signs in to learn.
 */
const REFUSED_BINDS: ReadonlySet<number> = new Set([19, 32, 34, 48, 49, 50, 53]);
const WANTS_MORE_SECURITY: ReadonlySet<number> = new Set([7, 8, 13]);

/** A connection that is made once, bound at most once, and never again opened: whose it is does not change. */
export class LdapConnection implements AsyncDisposable {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #timeoutSeconds: number;

  private constructor(client: Client, socket: Socket, timeoutSeconds: number) {
    this.#client = client;
    this.#socket = socket;
    this.#timeoutSeconds = timeoutSeconds;
  }

  /**
   * @param signal ends the connection whatever it is doing
   * @throws LdapError `unavailable` or `insecure`
   */
  static async open(
    settings: CompleteLdapSettings,
    guard: Pick<EgressGuard, 'lookup'>,
    signal: AbortSignal,
  ): Promise<LdapConnection> {
    const { Client } = await import('ldapts');
    const connecting = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutSeconds * 1_000)]);
    const socket = await openLdapSocket(settings, guard, connecting).catch(unavailable);
    handMessagesOut(socket);
    const abort = () => socket.destroy();
    signal.addEventListener('abort', abort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
    let isTaken = false;
    const client = new Client({
      url: 'ldap://directory.invalid',
      timeout: settings.timeoutSeconds * 1_000,
      createConnection: () => {
        // The library would open a lost connection anew, and go on in it as nobody.
        if (isTaken || socket.destroyed) throw new Error('the directory has closed the connection');
        isTaken = true;
        return socket;
      },
    });
    return new LdapConnection(client, socket, settings.timeoutSeconds);
  }

  /**
   * @returns whether the name and the password are right
   * @throws LdapError
   */
  async bind(dn: string, password: string): Promise<boolean> {
    // Both are binds that succeed as nobody (RFC 4513 § 5.1.1, § 5.1.2).
    if (dn.trim() === '' || password === '') return false;
    try {
      await this.#client.bind(dn, password);
      return true;
    } catch (error) {
      const code = findResultCode(error);
      if (code !== undefined && REFUSED_BINDS.has(code)) return false;
      if (code !== undefined && WANTS_MORE_SECURITY.has(code))
        throw new LdapError(
          'misconfigured',
          'the directory wants passwords over TLS only: use ldaps:// or StartTLS',
          error,
        );
      return unavailable(error);
    }
  }

  /**
   * Entries that match, page by page (RFC 2696); references to other servers are not followed. A base that is not there has none.
   * @throws LdapError
   */
  async search({ base, scope, filter, attributes, maxEntries }: LdapSearch): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    const options = {
      scope: SCOPES[scope],
      filter,
      attributes: [...attributes],
      explicitBufferAttributes: BINARY,
      timeLimit: Math.ceil(this.#timeoutSeconds),
    };
    try {
      if (maxEntries < PAGE_SIZE) {
        const { searchEntries } = await this.#client.search(base, { ...options, sizeLimit: maxEntries });
        return searchEntries.slice(0, maxEntries);
      }
      const pages = this.#client.searchPaginated(base, { ...options, paged: { pageSize: PAGE_SIZE } });
      for await (const { searchEntries } of pages) {
        found.push(...searchEntries.slice(0, maxEntries - found.length));
        if (found.length >= maxEntries) break;
      }
      return found;
    } catch (error) {
      if (findResultCode(error) === NO_SUCH_OBJECT) return [];
      if (findResultCode(error) === 50)
        throw new LdapError('service-account-refused', 'the account for searches may not search there', error);
      return unavailable(error);
    }
  }

  /** Never fails: what is left of the connection is thrown away. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.unbind().catch(() => undefined);
    this.#socket.destroy();
  }
}

function unavailable(error: unknown): never {
  if (error instanceof LdapError) throw error;
  if (error instanceof EgressError) throw new LdapError('unavailable', error.message, error);
  throw new LdapError('unavailable', 'the directory does not answer in time, or not as it should', error);
}

/** Lets the listeners of the socket see whole messages, and what cannot be read ends the connection in place of the process. */
function handMessagesOut(socket: Socket): void {
  const framer = new LdapMessageFramer();
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...values: unknown[]) => boolean;
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    const [piece] = values;
    if (event !== 'data' || !Buffer.isBuffer(piece)) return emit(event, ...values);
    try {
      for (const message of framer.push(piece)) emit('data', message);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
    return true;
  };
}
