import { expect, test } from 'vitest';
import { openTestConnection } from '../../test/support/open-test-connection.ts';
import { serveHttp } from '../../test/support/serve-http.ts';
import { collect, listTags } from './list-pages.ts';
import { openRepository } from './repository.ts';

test.each([
  ['relative', (_origin: string) => '?last=b&n=2'],
  ['absolute', (origin: string) => `${origin}/v2/acme/app/tags/list?last=b&n=2`],
])('every page is followed when links are %s', async (_kind, createLink) => {
  await using registry = await serveHttp((request, response) => {
    const isFirst = !request.url.includes('last=');
    if (isFirst) response.setHeader('link', `<${createLink(`http://${request.headers.host}`)}>; rel="next"`);
    response.end(JSON.stringify({ name: 'acme/app', tags: isFirst ? ['a', 'b'] : ['c'] }));
  });
  const repository = openRepository(openTestConnection(registry), 'acme/app', ['pull']);
  expect(await collect(listTags(repository))).toEqual(['a', 'b', 'c']);
});

test('a link that leads in a circle ends the list', async () => {
  await using registry = await serveHttp((request, response) => {
    response.setHeader('link', `<${request.url}>; rel="next"`);
    response.end('{"tags":["a"]}');
  });
  const repository = openRepository(openTestConnection(registry), 'acme/app', ['pull']);
  expect(await collect(listTags(repository))).toEqual(['a']);
});

test('a repository without tags, which some registries say with null, has none', async () => {
  await using registry = await serveHttp((_request, response) => response.end('{"tags":null}'));
  const repository = openRepository(openTestConnection(registry), 'acme/app', ['pull']);
  expect(await collect(listTags(repository))).toEqual([]);
});
