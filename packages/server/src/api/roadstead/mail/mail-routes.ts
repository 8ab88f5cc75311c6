import type { FastifyInstance } from 'fastify';
import type { ShownMailSettings } from '../../../operations/mail/mail.ts';
import type { MailQueueStatus } from '../../../operations/mail/mail-queue-rows.ts';
import { admitOperator } from '../access.ts';
import { renderInstant } from '../instant.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import type { RoadsteadRouteDependencies } from '../roadstead-dependencies.ts';
import { readMailSettings, readTestRecipient } from './mail-request.ts';

const PATH = '/mail/settings';

/** How the instance sends mail, and whether it can. */
export function registerMailRoutes(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  routes.get(PATH, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readSettings');
    return renderSettings(await instance.operations.mail.settings());
  });
  routes.put(PATH, { bodyLimit: MAX_BODY_BYTES }, async (request) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'changeSettings');
    const { mail } = instance.operations;
    await mail.setSettings(readMailSettings(request.body), actor);
    return renderSettings(await mail.settings());
  });
  routes.post('/mail/test', { bodyLimit: MAX_BODY_BYTES }, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'changeSettings');
    const { isSent, answer } = await instance.operations.mail.test(readTestRecipient(request.body));
    return { sent: isSent, answer };
  });
  routes.get('/mail/queue', async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readSettings');
    return renderQueue(await instance.operations.mail.queue());
  });
}

function renderQueue(queue: MailQueueStatus): Readonly<Record<string, unknown>> {
  return {
    waiting: queue.waiting,
    waitingSince: renderInstant(queue.waitingSince),
    sent: queue.sent,
    failed: queue.failed,
    lastErrors: queue.lastErrors.map(({ kind, isGivenUp, attempts, error, queuedAt }) => ({
      kind,
      isGivenUp,
      attempts,
      error,
      queuedAt: renderInstant(queuedAt),
    })),
  };
}

function renderSettings(settings: ShownMailSettings | undefined): Readonly<Record<string, unknown>> {
  if (settings === undefined) return { enabled: false, server: null, hasPassword: false, from: null, language: 'en' };
  const { host, port, security, username, verifiesCertificate, certificateAuthority } = settings.server;
  return {
    enabled: settings.isEnabled,
    server: {
      host,
      port,
      security,
      username: username ?? null,
      verifyCertificate: verifiesCertificate,
      certificateAuthority: certificateAuthority ?? null,
    },
    hasPassword: settings.hasPassword,
    from: settings.from,
    language: settings.language,
  };
}
