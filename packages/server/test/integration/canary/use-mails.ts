import { setTimeout as delay } from 'node:timers/promises';
import type { Field } from './fields.ts';
import { refuseBody } from './refuse-body.ts';
import type { Stage } from './stage.ts';
import { createUser } from './use-accounts.ts';

const OURS = '/api/roadstead/v1';
const RESETS = `${OURS}/password-resets`;
/** Longer than from one run of the job to the next. */
const NEXT_RUN_MS = 6_000;

/**
 * What somebody types who has forgotten a password, and the token of a link. Both stay where they are kept: mail is off when the
 * job would look at them.
 */
export async function useMails(stage: Stage): Promise<void> {
  const { admin, anonymous, book } = stage;
  const typed: Field = 'username of POST /api/roadstead/v1/password-resets';
  const over: Field = 'token and password of a link that is over';
  const user = await createUser(stage, 'lia', 'Forgotten-Password-1');
  await setMail(stage, false);
  await delay(NEXT_RUN_MS);
  await setMail(stage, true);
  await stage.expect(202, admin, 'POST', `${OURS}/users/${user}/password-reset`);
  await stage.expect(202, stage.from(anonymous, typed), 'POST', RESETS, { json: { username: book.plain(typed) } });
  book.use(typed, 'accepted');
  const both = (email: unknown) => ({ username: 'lia', email });
  await refuseBody(stage, { field: typed, client: anonymous, method: 'POST', path: RESETS, body: both });
  await setMail(stage, false);
  const body = (secret: unknown) => ({ token: secret, password: secret });
  await refuseBody(stage, { field: over, client: anonymous, method: 'POST', path: `${RESETS}/complete`, body });
  const shown = await stage.ask(stage.from(anonymous, over), 'POST', `${RESETS}/complete`, {
    json: { token: Buffer.alloc(32, 7).toString('base64url'), password: book.wrong(over) },
  });
  if (shown.status === 403) book.use(over, 'refused');
  await stage.expect(200, admin, 'GET', `${OURS}/mail/queue`);
  await stage.expect(200, anonymous, 'GET', '/set-password');
}

/** The server of before, where nothing listens: what waits goes on waiting. */
async function setMail(stage: Stage, enabled: boolean): Promise<void> {
  const server = { host: '127.0.0.1', port: 1, security: 'tls', username: 'registry' };
  const json = { enabled, server, from: { address: 'registry@example.com' } };
  await stage.expect(200, stage.admin, 'PUT', `${OURS}/mail/settings`, { json });
}
