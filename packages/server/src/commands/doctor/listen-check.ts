import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { createServer } from 'node:net';
import type { Config, ListenAddress } from '../../config/config.ts';
import { listenRemedy } from '../../http/listen-remedy.ts';
import { printableHost } from '../../http/printable-host.ts';
import { type Finding, fail, ok, reasonOf, warn } from './finding.ts';

const ANSWER_TIMEOUT_MS = 3_000;

/** Whether the server could listen, or listens already. */
export async function checkListenAddresses(config: Config): Promise<readonly Finding[]> {
  const findings = [await checkRegistry(config)];
  if (config.metrics.listen !== undefined)
    findings.push(await checkMetrics(config.metrics.listen, config.metrics.isDefault));
  return findings;
}

async function checkRegistry({ listen, tls }: Config): Promise<Finding> {
  const check = 'listen address';
  const obstacle = await findObstacle(listen);
  if (obstacle === undefined) return ok(check, `${printableHost(listen)} is free`);
  if (obstacle !== 'EADDRINUSE') return explainObstacle(check, obstacle, listen, 'ROADSTEAD_LISTEN');
  const status = await askStatus(listen, '/readyz', tls !== undefined);
  if (status === 200) return ok(check, `a server runs at ${printableHost(listen)} and is ready`);
  if (status === 503) {
    return warn(
      check,
      `a server runs at ${printableHost(listen)} and is not ready`,
      'see its log and the other findings',
    );
  }
  return fail(
    check,
    `another program has ${printableHost(listen)}`,
    'stop that program, or set ROADSTEAD_LISTEN to an address that is free',
  );
}

async function checkMetrics(listen: ListenAddress, isDefault: boolean): Promise<Finding> {
  const check = 'metrics address';
  const obstacle = await findObstacle(listen);
  if (obstacle === undefined) return ok(check, `${printableHost(listen)} is free`);
  if (obstacle !== 'EADDRINUSE') return explainObstacle(check, obstacle, listen, 'ROADSTEAD_METRICS_LISTEN');
  if ((await askStatus(listen, '/metrics', false)) === 200)
    return ok(check, `metrics are served at ${printableHost(listen)}`);
  const remedy = 'set ROADSTEAD_METRICS_LISTEN to an address that is free, or to nothing';
  const message = `another program has ${printableHost(listen)}`;
  return isDefault ? warn(check, `${message}: there will be no metrics`, remedy) : fail(check, message, remedy);
}

function explainObstacle(check: string, code: string, listen: ListenAddress, setting: string): Finding {
  return fail(check, `${printableHost(listen)} cannot be used (${code})`, listenRemedy(code, listen, setting));
}

/** Listens for a moment; answers the error's code, or undefined when it worked. */
function findObstacle({ host, port }: ListenAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve('code' in error ? String(error.code) : reasonOf(error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** The status of an answer at this address, or undefined when none comes. */
function askStatus(listen: ListenAddress, path: string, isTls: boolean): Promise<number | undefined> {
  const host = listen.host === '0.0.0.0' ? '127.0.0.1' : listen.host === '::' ? '::1' : listen.host;
  const options = { host, port: listen.port, path, timeout: ANSWER_TIMEOUT_MS };
  return new Promise((resolve) => {
    // Whether the certificate is right is the business of another check.
    const request = isTls ? requestHttps({ ...options, rejectUnauthorized: false }) : requestHttp(options);
    request.once('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', () => resolve(undefined));
    request.end();
  });
}
