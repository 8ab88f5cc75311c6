import { readConfig } from '../../../src/config/config.ts';
import { readEnv } from '../../../src/config/env.ts';
import { createBlobMedium } from '../support/blob-medium.ts';
import { openStore } from '../support/registry-store.ts';
import type { Field } from './fields.ts';
import type { Asked, Stage } from './stage.ts';

const OURS = '/api/roadstead/v1';
const AWAY = 'journal_away';

/** What writes a secret into the database, and an entry into the journal with it. */
function listWrites({ book }: Stage): readonly (readonly [Field, string, string, Asked])[] {
  const user = (field: Field) => ({ username: 'never', password: book.right(field), email: '', realname: '' });
  const newUser: Field = 'password of POST /api/v2.0/users';
  const reset: Field = 'password of PUT /api/roadstead/v1/users/:id/password';
  const robot: Field = 'chosen secret of POST /api/v2.0/robots';
  const bearer: Field = 'bearerToken of the forwarding';
  const mail: Field = 'password of the mail server';
  const hook: Field = 'authorization of a webhook';
  const target = { kind: 'https', url: 'https://elsewhere.example/', bearerToken: book.plain(bearer) };
  const witness = { kind: 'webhook', url: 'https://elsewhere.example/', authorization: book.plain(hook) };
  const server = { host: 'elsewhere.example', port: 465, security: 'tls', username: 'registry' };
  const from = { address: 'registry@example.com' };
  const access = [{ resource: 'repository', action: 'pull' }];
  const permissions = [{ kind: 'project', namespace: 'team', access }];
  const newRobot = { name: 'never', level: 'project', duration: 1, permissions, secret: book.right(robot) };
  return [
    [newUser, 'POST', '/api/v2.0/users', { json: user(newUser) }],
    [newUser, 'POST', `${OURS}/users`, { json: user(newUser) }],
    [reset, 'PUT', `${OURS}/users/2/password`, { json: { password: book.right(reset) } }],
    [robot, 'POST', '/api/v2.0/robots', { json: newRobot }],
    [robot, 'PATCH', '/api/v2.0/robots/1', { json: { secret: book.right(robot) } }],
    [bearer, 'PUT', `${OURS}/audit/forwarding`, { json: { target } }],
    [mail, 'PUT', `${OURS}/mail/settings`, { json: { server, from, password: book.plain(mail) } }],
    [hook, 'PUT', `${OURS}/audit/witnesses/never`, { json: witness }],
  ];
}

/** Takes the journal away for a moment: writes with secrets in them fail inside, and the database's own errors are logged. */
export async function failInside(stage: Stage): Promise<void> {
  const config = readConfig({ env: readEnv(stage.env) });
  const store = await openStore(config, 'main', await createBlobMedium(config.dataDir, { kind: 'files' }));
  const rename = (from: 'journal', to: string) =>
    store.database.write((tx) => tx.schema.alterTable(from).renameTo(to).execute());
  try {
    await rename('journal', AWAY);
    try {
      for (const [field, method, target, asked] of listWrites(stage)) {
        await stage.expect(500, stage.from(stage.admin, field), method, target, asked);
      }
    } finally {
      await rename(AWAY as 'journal', 'journal');
    }
  } finally {
    await store.close();
  }
}
