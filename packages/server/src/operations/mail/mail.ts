import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { EgressError, type EgressGuard } from '../../kernel/egress-guard.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import { assertMailAddress } from '../../kernel/mail-address.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import { DAY_MS } from './expiries.ts';
import { TELL_OF_EXPIRIES } from './expiry-handler.ts';
import { MailError } from './mail-error.ts';
import { SEND_MAILS } from './mail-queue-handler.ts';
import { type MailQueueStatus, readMailQueue } from './mail-queue-rows.ts';
import { MAIL_PASSWORD_PLACE, type MailServer, type MailSettings } from './mail-settings.ts';
import { findMailSettings, type StoredMailSettings, setMailSettings } from './mail-settings-rows.ts';
import { openPassword } from './open-password.ts';
import { sendMail } from './send-mail.ts';
import { renderTestMail } from './templates/test-mail.ts';

export interface MailDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly secrets: Pick<Secrets, 'seal' | 'open'>;
  readonly guard: Pick<EgressGuard, 'lookup'>;
  /** What the instance is called by others. */
  readonly hostname: string;
  /** Told why a mail could not be sent, which users are not. */
  readonly onError: (error: unknown) => void;
  readonly jobs: Pick<Jobs, 'ensureRecurring'>;
}

/** How long a mail waits at most before the first try, where nothing goes wrong. */
const REPEAT_MS = 5_000;
/** Where mail is off: the job finds nothing to do. */
const IDLE_REPEAT_MS = 3_600_000;

/** The settings without the password. */
export interface ShownMailSettings extends MailSettings {
  readonly hasPassword: boolean;
}

export interface MailSettingsChange extends MailSettings {
  /** Null: none. Absent: the one that there is, as long as the server and the way to it are the same. */
  readonly password?: string | null | undefined;
}

/** What came of a test: what the server said, or why it could not say anything. */
export interface MailTest {
  readonly isSent: boolean;
  readonly answer: string;
}

/** The mail of one instance. Whether the caller may is decided before. */
export class Mail {
  readonly #deps: MailDeps;

  constructor(deps: MailDeps) {
    this.#deps = deps;
  }

  /** Undefined where nobody has set up mail. */
  async settings(): Promise<ShownMailSettings | undefined> {
    const stored = await findMailSettings(this.#deps.database.reader);
    if (stored === undefined) return undefined;
    const { password, ...shown } = stored;
    return { ...shown, hasPassword: password !== null };
  }

  /** @throws ProductError VALIDATION */
  async setSettings({ password, ...settings }: MailSettingsChange, actor: Actor): Promise<void> {
    const { database, clock, secrets } = this.#deps;
    const before = await findMailSettings(database.reader);
    const isSame = before !== undefined && routeOf(before.server) === routeOf(settings.server);
    const kept = isSame ? before.password : null;
    const given = typeof password === 'string' ? await secrets.seal(MAIL_PASSWORD_PLACE, Buffer.from(password)) : null;
    const sealed = password === undefined ? kept : given;
    assertCredentials(settings.server, sealed !== null);
    await database.execute(setMailSettings, { ...settings, password: sealed, actor, now: clock.now() });
    await this.ensureJob();
  }

  /** What waits, and what went wrong of late; without addresses and links. */
  queue(): Promise<MailQueueStatus> {
    return readMailQueue(this.#deps.database.reader);
  }

  /** Makes sure of the jobs that send what waits and see what ends soon, where mail was set up. */
  async ensureJob(): Promise<void> {
    const settings = await findMailSettings(this.#deps.database.reader);
    if (settings === undefined) return;
    const repeatEveryMs = settings.isEnabled ? REPEAT_MS : IDLE_REPEAT_MS;
    const { jobs } = this.#deps;
    await jobs.ensureRecurring({ name: SEND_MAILS, kind: SEND_MAILS, parameters: {}, repeatEveryMs });
    const daily = { name: TELL_OF_EXPIRIES, kind: TELL_OF_EXPIRIES, parameters: {}, repeatEveryMs: DAY_MS };
    await jobs.ensureRecurring(daily);
  }

  /**
   * Sends one mail now, and tells what the server answered.
   * @throws ProductError PRECONDITION where mail is off, VALIDATION (the address)
   */
  async test(to: string): Promise<MailTest> {
    assertMailAddress('to', to);
    const settings = await findEnabledSettings(this.#deps);
    const { database: _, onError, ids, clock, hostname } = this.#deps;
    const messageId = `<${ids.uuid()}@${hostname}>`;
    const mail = {
      ...renderTestMail(settings.language, hostname),
      from: settings.from,
      to,
      messageId,
      at: clock.now(),
    };
    const password = await openPassword(this.#deps, settings);
    try {
      return { isSent: true, answer: await sendMail(settings.server, mail, { ...this.#deps, password }) };
    } catch (error) {
      if (!(error instanceof MailError || error instanceof EgressError)) throw error;
      onError(error);
      return { isSent: false, answer: error.message };
    }
  }
}

/** @throws ProductError PRECONDITION where mail is off */
export async function findEnabledSettings({ database }: Pick<MailDeps, 'database'>): Promise<StoredMailSettings> {
  const settings = await findMailSettings(database.reader);
  if (settings?.isEnabled === true) return settings;
  throw new ProductError(
    'PRECONDITION',
    'this registry sends no mail: an administrator has to set up a mail server first',
  );
}

/** A password is kept for this and nothing else: it must not go elsewhere, nor over a way that proves less. */
function routeOf({ host, port, security, username, verifiesCertificate, certificateAuthority }: MailServer): string {
  return JSON.stringify([host, port, security, username, verifiesCertificate, certificateAuthority]);
}

function assertCredentials({ security, username }: MailServer, hasPassword: boolean): void {
  if ((username !== undefined) !== hasPassword) {
    const message =
      'server.username and password belong together: give both, or neither (null). A password is not kept when the server, the user or the way to it changes';
    throw new ProductError('VALIDATION', message);
  }
  if (hasPassword && security === 'none') {
    throw new ProductError('VALIDATION', 'a password is not sent in the clear: choose security "starttls" or "tls"');
  }
}
