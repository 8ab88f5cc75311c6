import type { RegistryClient } from '../support/registry-client.ts';
import type { Field } from './fields.ts';
import type { Stage } from './stage.ts';

/** A field of a JSON body. */
export interface BodyField {
  readonly field: Field;
  readonly client: RegistryClient;
  readonly method: string;
  readonly path: string;
  readonly body: (secret: unknown) => object;
}

/** Above the limit of every body. */
const TOO_MANY_BYTES = 1_100_000;

/** Sends the secret in every way in which such a field is refused. */
export async function refuseBody(stage: Stage, { field, client, method, path, body }: BodyField): Promise<void> {
  const { book } = stage;
  const secret = book.wrong(field);
  const whole = JSON.stringify(body(secret));
  const from = stage.from(client, field);
  const send = async (target: string, asked: Parameters<Stage['ask']>[3], by = method) => {
    const { status } = await stage.ask(from, by, target, asked);
    if (status >= 400) book.use(field, 'refused');
  };
  const asJson = { 'content-type': 'application/json' };
  await send(path, { text: whole.slice(0, -1), headers: asJson });
  await send(path, { text: whole.replace(`"${secret}"`, secret), headers: asJson });
  await send(path, { text: `${secret}${whole}`, headers: asJson });
  await send(path, { text: whole, headers: { 'content-type': 'text/plain' } });
  await send(path, { text: whole, headers: { 'content-type': `application/json; charset=${secret}` } });
  await send(path, { form: { secret, password: secret } });
  await send(`${path}-no`, { text: whole, headers: asJson });
  await send(path, { text: whole, headers: asJson }, method === 'PATCH' ? 'POST' : 'PATCH');
  await send(`${path}?password=${secret}&secret=${secret}`, {});
  // Each way in which the value itself is no fit one: its type, its length, what is in it.
  const unfit = [[secret], { value: secret }, secret.toLowerCase(), `${secret}${'x'.repeat(2_000)}`, `${secret}\0`];
  for (const value of unfit) await send(path, { json: body(value) });
  for (const json of [[body(secret)], { inner: body(secret) }, secret]) await send(path, { json });
  const { status } = await stage.ask(stage.from(stage.anonymous, field), method, path, { json: body(secret) });
  if (status >= 400) book.use(field, 'refused');
  // The connection may end before all of it is taken, and the answer with it.
  await send(path, { json: { ...body(secret), filler: 'x'.repeat(TOO_MANY_BYTES) } }).catch(() => undefined);
}
