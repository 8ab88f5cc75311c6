import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../test/in-process/test-identity.ts';
import type { Principal } from '../kernel/principal.ts';
import { MachineLogins } from './machine-logins.ts';

const HOUR_MS = 3_600_000;
const ROBOT: Principal = { kind: 'robot', id: 3, name: 'ci' };
const TOKEN: Principal = { kind: 'access-token', id: 3, userId: 7, name: 'ann', isAdministrator: false };
const from = (address: string) => ({ requestId: 'r', address, userAgent: 'test' });

describe('sign-ins by secrets that the server made', () => {
  let clock: ManualClock;
  let told: string[];
  let logins: MachineLogins;

  beforeEach(() => {
    clock = createManualClock();
    told = [];
    const note = (outcome: string, account: Principal | undefined) => {
      told.push(`${outcome} ${account?.kind ?? 'unknown'}`);
    };
    logins = new MachineLogins(
      { succeeded: ({ account }) => note('succeeded', account), failed: ({ account }) => note('failed', account) },
      clock,
    );
  });

  it('are told once an hour, however many there are', () => {
    for (let index = 0; index < 1_000; index += 1) logins.succeeded({ origin: from('192.0.2.1'), account: ROBOT });
    clock.advance(HOUR_MS - 1);
    logins.succeeded({ origin: from('192.0.2.1'), account: ROBOT });
    expect(told).toEqual(['succeeded robot']);
    clock.advance(1);
    logins.succeeded({ origin: from('192.0.2.1'), account: ROBOT });
    expect(told).toEqual(['succeeded robot', 'succeeded robot']);
  });

  it('are told of each account, of each network and of both outcomes', () => {
    logins.succeeded({ origin: from('192.0.2.1'), account: ROBOT });
    logins.succeeded({ origin: from('192.0.2.77'), account: ROBOT });
    logins.succeeded({ origin: from('198.51.100.1'), account: ROBOT });
    logins.succeeded({ origin: from('192.0.2.1'), account: TOKEN });
    logins.failed({ origin: from('192.0.2.1'), account: TOKEN });
    for (let index = 0; index < 3; index += 1) logins.failed({ origin: from('192.0.2.1'), account: undefined });
    expect(told).toEqual([
      'succeeded robot',
      'succeeded robot',
      'succeeded access-token',
      'failed access-token',
      'failed unknown',
    ]);
  });
});
