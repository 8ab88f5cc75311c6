import { createServer, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { listenLocally } from '../../support/listen-locally.ts';
import { HttpConnection } from './http-connection.ts';
import { findHeader } from './response-reader.ts';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(handler: Parameters<typeof createServer>[1]): Promise<{ host: string; port: number }> {
  const server = createServer({}, handler);
  servers.push(server);
  return { host: '127.0.0.1', port: await listenLocally(server) };
}

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

it('counts bodies on several connections that share the buffer they read into', async () => {
  const target = await listen((_request, response) => response.end(Buffer.alloc(3_000_000)));
  const connections = await Promise.all([1, 2, 3].map(() => HttpConnection.open(target)));
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.all(connections.map((connection) => connection.ask(GET)));
    expect(answers.map(({ status, bodyBytes }) => [status, bodyBytes])).toEqual([1, 2, 3].map(() => [200, 3_000_000]));
  }
  for (const connection of connections) connection.close();
});

it('sends a body piece by piece, and all of it', async () => {
  const target = await listen(async (request, response) => {
    let count = 0;
    for await (const piece of request) count += (piece as Buffer).length;
    response.writeHead(201, { 'X-Count': String(count) }).end();
  });
  const connection = await HttpConnection.open(target);
  const pieces = Array.from({ length: 40 }, () => Buffer.alloc(100_000));
  const head = 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n';
  const answer = await connection.askWithBody(head, pieces);
  expect([answer.status, findHeader(answer.head, 'x-count')]).toEqual([201, '4000000']);
  connection.close();
});

it('fails when the server goes away in the middle of a body', async () => {
  const target = await listen((_request, response) => {
    response.writeHead(200, { 'Content-Length': '10' }).write('abc', () => response.destroy());
  });
  const connection = await HttpConnection.open(target);
  await expect(connection.ask(GET)).rejects.toThrow('closed the connection');
  await expect(connection.ask(GET)).rejects.toThrow('closed the connection');
});
