import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { findJson, findNumber, findString, type JsonRecord, recordOf } from '../json-shape.ts';
import type { Session } from '../session.ts';
import { stripControls } from '../terminal/strip-controls.ts';
import type { RegistryConnection } from './registry-connection.ts';
import { createResponseError } from './response-error.ts';

const CLIENT_ID = 'roadstead-cli';
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code';
/** RFC 8628 § 3.5 */
const DEFAULT_INTERVAL_SECONDS = 5;
const SLOW_DOWN_SECONDS = 5;
const MAX_INTERVAL_SECONDS = 120;

/** An access token of whoever has signed in with the browser. */
export interface DeviceLogin {
  readonly username: string;
  readonly password: string;
  readonly token: { readonly expiresAt: string };
}

/**
 * Asks the server for a code, shows it with the address where it is typed in, and waits until somebody has let this program in (RFC 8628).
 * @throws CliError when the server has no such login, when it is denied, or when nobody comes in time
 */
export async function loginByDevice(session: Session, connection: RegistryConnection): Promise<DeviceLogin> {
  const { runtime } = session;
  const { host } = connection.server;
  const begun = await begin(session, connection);
  runtime.stderr.write(
    `To log in to ${host}, open this address in a browser, on this machine or another one:\n\n  ${begun.page}\n\n` +
      `and type this code there:\n\n  ${begun.userCode}\n\n` +
      `It is good for ${Math.round(begun.expiresInSeconds / 60)} minutes. Or open ${begun.pageWithCode} and compare the code.\n`,
  );
  const end = runtime.nowMs() + begun.expiresInSeconds * 1_000;
  for (let intervalSeconds = begun.intervalSeconds; runtime.nowMs() < end; ) {
    await runtime.sleepMs(intervalSeconds * 1_000);
    const form = { grant_type: GRANT_TYPE, device_code: begun.deviceCode };
    const response = await send(connection, '/device/token', form);
    const answer = recordOf(findJson(await response.text()));
    if (response.ok) return readLogin(session, host, answer);
    const error = findString(answer, 'error');
    if (error === 'slow_down') intervalSeconds = Math.min(intervalSeconds + SLOW_DOWN_SECONDS, MAX_INTERVAL_SECONDS);
    else if (error !== 'authorization_pending' && error !== 'temporarily_unavailable') throw refusal(host, answer);
  }
  throw refusal(host, { error: 'expired_token' });
}

async function begin(session: Session, connection: RegistryConnection) {
  const { host } = connection.server;
  const response = await send(connection, '/device/authorize', { client_name: session.runtime.hostname() });
  if (response.status === 404 || response.status === 405) {
    await response.body?.cancel();
    throw new CliError(EXIT_CODE.failure, `${host} has no login with a browser`, {
      remedy: `roadstead login ${host} --username NAME`,
    });
  }
  if (!response.ok) throw await createResponseError(response, `log in to ${host}`);
  const answer = recordOf(findJson(await response.text()));
  const [deviceCode, userCode] = [findString(answer, 'device_code'), findString(answer, 'user_code')];
  const page = findString(answer, 'verification_uri');
  if (deviceCode === undefined || userCode === undefined || page === undefined) throw unreadable(host);
  return {
    deviceCode,
    userCode: stripControls(userCode),
    page: stripControls(page),
    pageWithCode: stripControls(findString(answer, 'verification_uri_complete') ?? page),
    expiresInSeconds: findNumber(answer, 'expires_in') ?? 0,
    intervalSeconds: Math.max(1, findNumber(answer, 'interval') ?? DEFAULT_INTERVAL_SECONDS),
  };
}

function send(
  connection: RegistryConnection,
  target: string,
  fields: Readonly<Record<string, string>>,
): Promise<Response> {
  return connection.sendToApi({
    method: 'POST',
    target,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: () => new URLSearchParams({ client_id: CLIENT_ID, ...fields }).toString(),
    // What waits is asked again; what begins is not begun twice.
    ...(target === '/device/authorize' && { maxAttempts: 1 }),
  });
}

function readLogin({ runtime }: Session, host: string, answer: JsonRecord): DeviceLogin {
  const [username, password] = [findString(answer, 'username'), findString(answer, 'access_token')];
  if (username === undefined || password === undefined) throw unreadable(host);
  const lifeMs = (findNumber(answer, 'expires_in') ?? 0) * 1_000;
  const expiresAt = new Date(runtime.nowMs() + lifeMs).toISOString();
  return { username: stripControls(username), password, token: { expiresAt } };
}

function refusal(host: string, answer: JsonRecord): CliError {
  const error = findString(answer, 'error');
  const remedy = `roadstead login ${host} --device`;
  if (error === 'expired_token')
    return new CliError(EXIT_CODE.authentication, 'nobody let this program in within the time', { remedy });
  const why = stripControls(findString(answer, 'error_description') ?? error ?? 'it did not say why');
  return new CliError(EXIT_CODE.authentication, `${host} did not let this program in`, { why, remedy });
}

function unreadable(host: string): CliError {
  return new CliError(EXIT_CODE.failure, `${host} answered what is no login with a browser (RFC 8628)`);
}
