import assert from 'node:assert/strict';
import type { ClientSession } from './client-session.ts';
import type { Cell } from './client-suite.ts';
import { LOGIN_KINDS, type Login } from './login-kinds.ts';

interface LoginWays<Session> {
  /** Signs in; what the client keeps of it goes into the folder. */
  readonly logIn: (session: Session, login: Login, folder: string) => Promise<unknown>;
  /** Reads something private with what the folder holds. */
  readonly read: (session: Session, folder: string) => Promise<unknown>;
}

/** A cell for each way of signing in: the client gets in by it, and to what is not for everybody. They come after a push. */
export function createLoginCells<Session extends ClientSession>(ways: LoginWays<Session>): readonly Cell<Session>[] {
  return LOGIN_KINDS.map((kind) => ({
    operation: `login with ${kind}` as const,
    async run(session) {
      const login = session.registry.access.logins[kind];
      assert.ok(login, `the registry under test has no ${kind.replace(/^an? /, '')} for this`);
      const folder = session.home.makeFolder(`login-${LOGIN_KINDS.indexOf(kind)}`);
      await ways.logIn(session, login, folder);
      await ways.read(session, folder);
    },
  }));
}
