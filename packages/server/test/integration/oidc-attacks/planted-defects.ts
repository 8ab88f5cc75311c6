import type { Configuration, IDToken } from 'openid-client';
import { SignInsUnderWay } from '../../../src/identity/oidc/sign-ins-under-way.ts';

type Library = typeof import('openid-client');
type Grant = Library['authorizationCodeGrant'];

/** One safeguard that is not there, and the attack that has to find that out. */
export interface Defect {
  readonly name: string;
  readonly seenBy: string;
  readonly discovery?: (library: Library, ...args: Parameters<Library['discovery']>) => Promise<Configuration>;
  readonly grant?: (library: Library, ...args: Parameters<Grant>) => ReturnType<Grant>;
  readonly userinfo?: (
    library: Library,
    ...args: Parameters<Library['fetchUserInfo']>
  ) => ReturnType<Library['fetchUserInfo']>;
  /** Of our own code. @returns what takes it back */
  readonly patch?: () => () => void;
}

/** Claims other than those of the token, for what looks at them afterwards. */
const withClaims =
  (change: (claims: IDToken, configuration: Configuration) => Partial<IDToken>): NonNullable<Defect['grant']> =>
  async (library, configuration, ...rest) => {
    const answer = await library.authorizationCodeGrant(configuration, ...rest);
    const claims = answer.claims();
    if (claims === undefined) return answer;
    const changed = { ...claims, ...change(claims, configuration) };
    // Its own cannot be written to.
    return Object.create(answer, { claims: { value: () => changed } }) as typeof answer;
  };

const clientOf = (configuration: Configuration) => configuration.clientMetadata().client_id;

export const DEFECTS: readonly Defect[] = [
  {
    name: 'signatures are not looked at',
    seenBy: 'ID token: another key of the same name',
    discovery: (library, server, client, metadata, method, options) =>
      library.discovery(server, client, metadata, method, {
        ...options,
        execute: (options?.execute ?? []).filter((each) => each !== library.enableNonRepudiationChecks),
      }),
  },
  {
    name: 'any nonce will do',
    seenBy: 'ID token: a nonce of another sign-in',
    grant: (library, configuration, url, checks, ...rest) =>
      library.authorizationCodeGrant(configuration, url, { ...checks, expectedNonce: 'C'.repeat(43) }, ...rest),
  },
  {
    name: 'who a token was made for is not looked at',
    seenBy: 'ID token: our audience, made for another',
    grant: withClaims((_, configuration) => ({ azp: clientOf(configuration) })),
  },
  {
    name: 'tokens of the future are taken',
    seenBy: 'ID token: made in the future',
    grant: withClaims(() => ({ iat: Math.floor(Date.now() / 1000) })),
  },
  {
    name: 'another person may answer for somebody',
    seenBy: 'UserInfo: another subject',
    userinfo: (library, configuration, token, _subject, ...rest) =>
      library.fetchUserInfo(configuration, token, library.skipSubjectCheck, ...rest),
  },
  {
    name: 'a state is good for more than one time',
    seenBy: 'the whole answer once more, with the cookie of before',
    patch: () => {
      const { take } = SignInsUnderWay.prototype;
      SignInsUnderWay.prototype.take = async function (handle, stage) {
        // biome-ignore lint/suspicious/noExplicitAny: whatever it holds is put back
        const taken = await take.call<SignInsUnderWay, any, any>(this, handle, stage);
        if (taken !== undefined) await this.put(handle, { ...taken, stage });
        return taken;
      };
      return () => {
        SignInsUnderWay.prototype.take = take;
      };
    },
  },
];
