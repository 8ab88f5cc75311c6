import { randomBytes } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import path from 'node:path';
import { authorize } from '../../../src/api/distribution/authorize.ts';
import type {
  DistributionInstance,
  DistributionSettings,
} from '../../../src/api/distribution/distribution-instance.ts';
import { createInstanceDatabase, type InstanceDatabase } from '../../../src/db/instance/instance-database.ts';
import { INSTANCE_MIGRATIONS } from '../../../src/db/instance/migrations.ts';
import type { InstanceSchema } from '../../../src/db/instance/schema.ts';
import { migrateDatabase } from '../../../src/db/migrate.ts';
import { openSqliteDatabase } from '../../../src/drivers/database/sqlite/sqlite-database.ts';
import { authenticate } from '../../../src/http/authentication.ts';
import { Exchange } from '../../../src/http/exchange.ts';
import { createIdentity, type Identity } from '../../../src/identity/identity.ts';
import { principalOfUser } from '../../../src/identity/user.ts';
import { createUser } from '../../../src/identity/users/create-user.ts';
import { systemActor } from '../../../src/kernel/actor.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { createEgressGuard } from '../../../src/kernel/egress-guard.ts';
import { systemIds } from '../../../src/kernel/ids.ts';
import { createProjects } from '../../../src/projects/projects.ts';
import { createTestSecrets } from '../../in-process/test-envelope.ts';

/** CPU time of one request, the median of several rounds. */
export interface AuthorizationCost {
  readonly authenticateMicroseconds: number;
  readonly authorizeMicroseconds: number;
}

const REPOSITORY = 'team/app';
const REQUESTS = 50_000;
const ROUNDS = 7;

/** What a pull of a private project's manifest costs before the content is looked at, with a token that is known already. */
export async function measureAuthorization(workDir: string): Promise<AuthorizationCost> {
  const opened = await openSqliteDatabase<InstanceSchema>(path.join(workDir, 'authorization.sqlite'));
  try {
    await migrateDatabase(opened, INSTANCE_MIGRATIONS);
    return await measureOn(createInstanceDatabase(opened, []));
  } finally {
    await opened.close();
  }
}

async function measureOn(database: InstanceDatabase): Promise<AuthorizationCost> {
  const { identity, token, instance } = await prepare(database);
  try {
    const exchange = createExchange(`Bearer ${token}`);
    const header = exchange.header('authorization');
    const rounds: AuthorizationCost[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const authenticateMicroseconds = await measureCpu(async () => {
        exchange.authentication = await authenticate(header, exchange.actor, identity);
      });
      const authorizeMicroseconds = await measureCpu(() =>
        authorize({ exchange, instance, settings: SETTINGS, repository: REPOSITORY, action: 'pull' }),
      );
      rounds.push({ authenticateMicroseconds, authorizeMicroseconds });
    }
    const sumOf = (cost: AuthorizationCost) => cost.authenticateMicroseconds + cost.authorizeMicroseconds;
    const [middle] = rounds.toSorted((left, right) => sumOf(left) - sumOf(right)).slice(Math.floor(ROUNDS / 2));
    if (middle === undefined) throw new Error('nothing was measured');
    return middle;
  } finally {
    await identity.close();
  }
}

const SETTINGS = { createsProjectsOnPush: false } as DistributionSettings;

/** A member of several projects, as most are. */
async function prepare(database: InstanceDatabase) {
  const secrets = createTestSecrets(randomBytes(32), 'measured');
  const shared = { database, clock: systemClock, ids: systemIds };
  const identity: Identity = createIdentity({
    ...shared,
    secrets,
    instanceId: 'measured',
    guard: createEgressGuard({ allow: [] }),
  });
  const created = { username: 'developer', passwordHash: '', isAdministrator: false };
  await database.execute(createUser, { ...created, actor: systemActor('benchmark'), now: systemClock.now() });
  const user = await identity.users.findByName('developer');
  if (user === undefined) throw new Error('the user was not made');
  const principal = principalOfUser(user);
  const projects = createProjects({ database, clock: systemClock });
  const actor = { ...systemActor('benchmark'), principal };
  for (const name of ['team', 'other', 'third']) await projects.create({ name, isPublic: false, actor });
  const access = [{ type: 'repository', name: REPOSITORY, actions: ['pull'] }];
  const { token } = await identity.tokens.issue({ principal, access });
  const instance = { projects, identity } as unknown as DistributionInstance;
  return { identity, token, instance };
}

function createExchange(authorization: string): Exchange {
  const request = new IncomingMessage(new Socket());
  request.method = 'GET';
  request.url = `/v2/${REPOSITORY}/manifests/latest`;
  request.headers = { authorization };
  return new Exchange({
    request,
    response: new ServerResponse(request),
    requestId: 'measured',
    address: '192.0.2.1',
    host: undefined,
    startedAt: performance.now(),
    expectsContinue: false,
  });
}

/** @returns CPU time of one call, in microseconds */
async function measureCpu(act: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < REQUESTS; index += 1) await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / REQUESTS;
}
