import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { JobHandler, RunningJob } from '../../jobs/job-handler.ts';
import type { Clock } from '../../kernel/clock.ts';
import { EgressError, type EgressGuard } from '../../kernel/egress-guard.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import { answerResetRequests } from './answer-reset-requests.ts';
import { MailError } from './mail-error.ts';
import {
  beginMailAttempt,
  countSentTo,
  endMailAttempt,
  findDueMails,
  forgetEndedMails,
  isAnythingOver,
  KEPT_MS,
  postponeMail,
  type QueuedMail,
} from './mail-queue-rows.ts';
import { MAIL_LANGUAGES, type MailLanguage } from './mail-settings.ts';
import { findMailSettings, type StoredMailSettings } from './mail-settings-rows.ts';
import { openLink } from './open-link.ts';
import { openPassword } from './open-password.ts';
import { sendMail } from './send-mail.ts';
import { renderNotice } from './templates/render-notice.ts';

/** The kind and the name of the recurring job. */
export const SEND_MAILS = 'send-mails';

export interface MailQueueHandlerDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid' | 'secret'>;
  readonly secrets: Pick<Secrets, 'open' | 'seal'>;
  readonly guard: Pick<EgressGuard, 'lookup'>;
  readonly linkOrigin?: string | undefined;
  /** What the instance is called by others. */
  readonly hostname: string;
  /** Told why a mail could not be sent, which users are not. */
  readonly onError: (error: unknown) => void;
}

const BATCH = 50;
/** How long one run goes on; then others have their turn. */
const RUN_MS = 60_000;
const FIRST_RETRY_MS = 60_000;
const MAX_RETRY_MS = 2 * 3_600_000;
/** Then it is given up. */
const MAX_AGE_MS = 24 * 3_600_000;
/** To one address within an hour; what comes on top waits. */
export const MAX_SENT_PER_ADDRESS = 20;
const HOUR_MS = 3_600_000;

/** What became of a try; `unreachable` counts for all that wait. */
type Attempt = 'sent' | 'refused' | 'unreachable' | 'skipped';

/**
 * Sends what waits: one after another, under the lease of the job, so that no two send the same mail. What the server refuses for now is
 * tried again for a day, what it refuses for good is given up.
 */
export function createMailQueueHandler(deps: MailQueueHandlerDeps): JobHandler {
  return {
    kind: SEND_MAILS,
    maxConcurrent: 1,
    async run(job) {
      const { database } = deps;
      await forgetOld(deps, job.signal);
      const settings = await findMailSettings(database.reader);
      if (settings?.isEnabled !== true) return { status: 'success' };
      await answerResetRequests(deps, job.signal);
      await sendSome(deps, job, settings);
      return { status: 'success' };
    },
  };
}

/** Looks first: a run that finds nothing to do writes nothing. */
async function forgetOld({ database, clock }: MailQueueHandlerDeps, signal: AbortSignal): Promise<void> {
  const input = { endedBefore: clock.now() - KEPT_MS, now: clock.now() };
  if (!(await isAnythingOver(database.reader, input))) return;
  while (await database.execute(forgetEndedMails, input)) signal.throwIfAborted();
}

async function sendSome(deps: MailQueueHandlerDeps, job: RunningJob, settings: StoredMailSettings): Promise<void> {
  const { database, clock } = deps;
  const until = clock.now() + RUN_MS;
  for (;;) {
    const mails = await findDueMails(database.reader, { now: clock.now(), limit: BATCH });
    for (const mail of mails) {
      job.signal.throwIfAborted();
      // A server that is away is away for the others as well: they wait for the next run.
      if ((await sendOne(deps, job, { mail, settings })) === 'unreachable') return;
    }
    if (mails.length < BATCH || clock.now() >= until) return;
  }
}

interface MailToSend {
  readonly mail: QueuedMail;
  readonly settings: StoredMailSettings;
}

async function sendOne(deps: MailQueueHandlerDeps, job: RunningJob, { mail, settings }: MailToSend): Promise<Attempt> {
  const { database, clock } = deps;
  const { id, attempts } = mail;
  const { fence } = job;
  const now = clock.now();
  if ((await countSentTo(database.reader, mail.address, now - HOUR_MS)) >= MAX_SENT_PER_ADDRESS) {
    await database.execute(postponeMail, { id, retryAt: now + HOUR_MS, fence, now });
    return 'skipped';
  }
  const retryAt = now + Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts, 10));
  if (!(await database.execute(beginMailAttempt, { id, retryAt, fence, now }))) return 'skipped';
  await job.confirm();
  const failure = await trySend(deps, { mail, settings });
  const end = { id, fence, now: clock.now() };
  if (failure === undefined) {
    await database.execute(endMailAttempt, { ...end, status: 'sent', error: null });
    return 'sent';
  }
  // The first of a row: the same again and again would fill the log.
  if (attempts === 0) deps.onError(failure);
  const isFinal = failure instanceof MailError && failure.isFinal;
  const status = isFinal || retryAt - mail.createdAt > MAX_AGE_MS ? 'failed' : 'waiting';
  await database.execute(endMailAttempt, { ...end, status, error: describeFailure(failure) });
  return failure instanceof EgressError ? 'unreachable' : 'refused';
}

/** @returns what went wrong, if something did */
async function trySend(deps: MailQueueHandlerDeps, { mail, settings }: MailToSend): Promise<unknown> {
  const { hostname, clock } = deps;
  const { linkId, notice, username } = mail;
  try {
    const language = languageOf(mail, settings);
    const url = linkId === null ? undefined : await openLink(deps, { linkId, language, now: clock.now() });
    if (linkId !== null && url === undefined) throw new MailError('its link is over', { isFinal: true });
    const rendered = renderNotice(language, notice, { registry: hostname, username, url });
    const messageId = `<mail-${mail.id}-${mail.createdAt.toString(36)}@${hostname}>`;
    const outgoing = { ...rendered, from: settings.from, to: mail.address, messageId, at: mail.createdAt };
    await sendMail(settings.server, outgoing, { ...deps, password: await openPassword(deps, settings) });
    return undefined;
  } catch (error) {
    return error;
  }
}

function languageOf({ language }: QueuedMail, settings: StoredMailSettings): MailLanguage {
  return MAIL_LANGUAGES.find((known) => known === language) ?? settings.language;
}

/** For administrators, who need not learn who gets mail, nor have the link that another is sent: servers repeat what they are told. */
function describeFailure(error: unknown): string {
  if (!(error instanceof MailError || error instanceof EgressError))
    return 'it could not be sent: the log of the server says why';
  return error.message.replace(/\S+:\/\/\S+/g, '…').replace(/[^\s<>]+@[^\s<>]+/g, '…');
}
