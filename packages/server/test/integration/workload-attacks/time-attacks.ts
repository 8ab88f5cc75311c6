import { type WorkloadAttack, withClaims } from './attack.ts';

/** In place of the times of a right token. Seconds. */
const at = (name: string, times: (now: number) => object): WorkloadAttack =>
  withClaims(name, (stage) => times(stage.now()));

/** Ends, beginnings and lives. A minute of leeway is for beginnings only (decision 37). */
export const TIME_ATTACKS: readonly WorkloadAttack[] = [
  at('over this second', (now) => ({ exp: now })),
  at('over for a second', (now) => ({ exp: now - 1 })),
  at('over for less than the leeway', (now) => ({ exp: now - 59 })),
  at('over for a second more than the leeway', (now) => ({ exp: now - 61 })),
  at('over long ago', () => ({ iat: 1, nbf: 1, exp: 2 })),
  at('made in the future', (now) => ({ iat: now + 61, nbf: now - 5 })),
  at('valid later', (now) => ({ nbf: now + 61 })),
  at('valid next year', (now) => ({ nbf: now + 365 * 86_400 })),
  at('made in the future, and nothing said of the beginning', (now) => ({ iat: now + 61, nbf: undefined })),
  at('no end', () => ({ exp: undefined })),
  at('null for an end', () => ({ exp: null })),
  at('an end in words', (now) => ({ exp: String(now + 300) })),
  at('an end that is true', () => ({ exp: true })),
  at('a list of ends', (now) => ({ exp: [now + 300] })),
  at('a negative end', (now) => ({ exp: -now - 300 })),
  at('an end in milliseconds', (now) => ({ exp: (now + 300) * 1000 })),
  at('no beginning', () => ({ iat: undefined })),
  at('a beginning in words', (now) => ({ iat: String(now - 5) })),
  at('another beginning in words', (now) => ({ nbf: String(now - 5) })),
  at('a negative beginning', () => ({ iat: -1 })),
  at('a life of a day and a second', (now) => ({ iat: now - 5, exp: now - 5 + 86_401 })),
  at('a life of a year', (now) => ({ exp: now + 365 * 86_400 })),
  {
    name: 'an end that never comes',
    make: (stage) => stage.signText(JSON.stringify(stage.claimsOf({ exp: 0 })).replace('"exp":0', '"exp":1e999')),
  },
  {
    name: 'a token that came in before, after its end',
    make: async (stage) => {
      const token = await stage.sign({ exp: stage.now() + 2 });
      await stage.enter(token);
      stage.base.test.clock.advance(2_000);
      return token;
    },
  },
];
