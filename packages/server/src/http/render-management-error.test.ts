import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { ProductError } from '../kernel/errors.ts';
import { renderManagementError } from './render-management-error.ts';

async function render(error: unknown) {
  const app = Fastify();
  app.setErrorHandler((thrown, _request, reply) => renderManagementError(thrown, reply));
  app.get('/', () => {
    throw error;
  });
  const answer = await app.inject({ method: 'GET', url: '/' });
  await app.close();
  return answer;
}

describe('an error of the management API', () => {
  it.each([
    ['a\u009b2Jb', 'a\\x9b2Jb'],
    ['a\u202eb', 'a\\u202eb'],
    ['a\r\nb', 'a\\r\\nb'],
    ['a\u2028b', 'a\\u2028b'],
    ['größe ✓', 'größe ✓'],
  ])('shows what it quotes of a request without what terminals act on: %j', async (quoted, shown) => {
    const answer = await render(new ProductError('CONFLICT', `there is a group named ${quoted} already`));
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toEqual({
      errors: [{ code: 'CONFLICT', message: `there is a group named ${shown} already` }],
    });
  });

  it('shows nothing of what went wrong inside', async () => {
    const answer = await render(new Error('a secret'));
    expect([answer.statusCode, answer.json()]).toEqual([
      500,
      { errors: [{ code: 'UNKNOWN', message: 'internal server error' }] },
    ]);
  });
});
