import { generateSync } from 'otplib';
import { type Answer, readErrors, readJson } from '../support/http-client.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import type { Field } from './fields.ts';
import { refuseBody } from './refuse-body.ts';
import type { Stage } from './stage.ts';
import { createUser } from './use-accounts.ts';

const BASE = '/api/roadstead/v1/second-factor';
const SESSION = '/api/roadstead/v1/session';
const PASSWORD: Field = 'password of POST /api/roadstead/v1/second-factor/totp/remove';

/** Secrets of an authenticator app, recovery codes, and what stands between the two steps of a sign-in. */
export async function useSecondFactors(stage: Stage): Promise<void> {
  const { book, anonymous, answers } = stage;
  await createUser(stage, 'ola', book.right(PASSWORD));
  const [code = ''] = await enrol(stage, stage.clientOf('ola', book.right(PASSWORD)));
  const first = await stage.expect(401, anonymous, 'POST', SESSION, {
    json: { username: 'ola', password: book.right(PASSWORD) },
  });
  const challenge = challengeOf(first);
  answers.gives(first, 'challenge of a sign-in', challenge);
  const second = `${SESSION}/second-factor`;
  const wrong = stage.from(anonymous, 'recovery code');
  await stage.expect(401, wrong, 'POST', second, { json: { challenge, code: `${code}x` } });
  await stage.expect(401, wrong, 'POST', second, { json: { challenge: `${challenge}x`, code } });
  await stage.expect(401, wrong, 'POST', second, { json: { challenge: code, code: challenge } });
  const done = await stage.expect(200, anonymous, 'POST', second, { json: { challenge, code } });
  await stage.expect(401, wrong, 'POST', second, { json: { challenge, code } });
  const browser = anonymous.with({
    cookie: done.headers['set-cookie']?.[0]?.split(';')[0] ?? '',
    'x-harbor-csrf-token': String(done.headers['x-harbor-csrf-token']),
  });
  const path = `${BASE}/totp/remove`;
  const body = (password: unknown) => ({ password });
  await refuseBody(stage, { field: PASSWORD, client: browser, method: 'POST', path, body });
  await stage.expect(204, browser, 'POST', path, { json: body(book.right(PASSWORD)) });
  book.use(PASSWORD, 'accepted');
  await enrol(stage, browser);
}

async function enrol(stage: Stage, client: RegistryClient): Promise<readonly string[]> {
  const begun = await stage.expect(201, client, 'POST', `${BASE}/totp`);
  const { secret } = readJson<{ secret: string }>(begun);
  stage.answers.gives(begun, 'secret of an authenticator app', secret);
  // What rests sealed from then on.
  stage.answers.givesAgain(begun, 'sealed values');
  const json = { code: generateSync({ secret }) };
  const confirmed = await stage.expect(200, client, 'POST', `${BASE}/totp/confirm`, { json });
  const { recoveryCodes } = readJson<{ recoveryCodes: readonly string[] }>(confirmed);
  for (const code of recoveryCodes) stage.answers.gives(confirmed, 'recovery code', code);
  return recoveryCodes;
}

function challengeOf(answer: Answer): string {
  const detail = readErrors(answer)[0]?.detail as { readonly challenge?: string } | undefined;
  if (detail?.challenge === undefined) throw new Error(`no second factor was asked for: ${answer.text}`);
  return detail.challenge;
}
