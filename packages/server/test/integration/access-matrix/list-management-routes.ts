import Fastify from 'fastify';
import { MANAGEMENT_ROUTES } from '../../../src/management-routes.ts';

/** Every route of the management API as it is registered, such as `GET /api/v2.0/users/:user_id`. */
export async function listManagementRoutes(): Promise<readonly string[]> {
  const found: string[] = [];
  const app = Fastify({ exposeHeadRoutes: false });
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) found.push(`${each} ${url}`);
  });
  const never = () => {
    throw new Error('nobody asks');
  };
  for (const register of MANAGEMENT_ROUTES) register(app, { instanceOf: never, actorOf: never, exchangeOf: never });
  await app.ready();
  await app.close();
  return found;
}

/** Whether a path that was written out is one of this route. */
export function isInstanceOf(written: string, route: string): boolean {
  const parts = [written, route].map((text) => text.split('/'));
  const [have = [], want = []] = parts;
  return have.length === want.length && want.every((part, index) => part.startsWith(':') || part === have[index]);
}
