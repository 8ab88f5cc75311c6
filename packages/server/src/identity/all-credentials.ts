import { ProductError } from '../kernel/errors.ts';
import type { AccessTokenPrincipal } from './access-tokens/access-token.ts';
import { isAccessToken } from './access-tokens/access-token-form.ts';
import type { AccessTokens } from './access-tokens/access-tokens.ts';
import type { Credentials } from './credentials.ts';
import type { RobotPrincipal } from './robots/robot.ts';
import type { RobotCredentials } from './robots/robot-credentials.ts';
import type { UserPrincipal } from './user.ts';
import { isForeignToken, type WorkloadCredentials, type WorkloadPrincipal } from './workload/workload-credentials.ts';
import { WORKLOAD_USERNAME } from './workload/workload-username.ts';

/** Who can sign in with a name and a secret. */
export type SignedIn = UserPrincipal | RobotPrincipal | AccessTokenPrincipal | WorkloadPrincipal;

/** Checks names with secrets: users with their passwords or one of their access tokens, robots with their secrets, workloads with tokens of others. */
export interface AllCredentials {
  /**
   * As `Credentials.verifyBasic`, for whatever signs in so.
   * @throws ProductError what `WorkloadCredentials.verify` throws; DENIED for the right password of an account with a second factor, which is half of what it takes
   */
  verifyBasic(...attempt: Parameters<Credentials['verifyBasic']>): Promise<SignedIn | undefined>;
  /** Tokens that another issuer made. */
  readonly workloads: Pick<WorkloadCredentials, 'verify'>;
  /** As `verifyBasic`, for who asks for the second factor next. */
  verifyFirstStep(...attempt: Parameters<Credentials['verifyBasic']>): Promise<SignedIn | undefined>;
}

export interface AllCredentialsDependencies {
  readonly passwords: Credentials;
  readonly users: { findByName(username: string): Promise<object | undefined> };
  readonly robots: RobotCredentials;
  readonly accessTokens: Pick<AccessTokens, 'verify'>;
  readonly workloads: Pick<WorkloadCredentials, 'verify'>;
}

export function createAllCredentials(dependencies: AllCredentialsDependencies): AllCredentials {
  const { passwords, users, robots, accessTokens, workloads } = dependencies;
  const verifyFirstStep: AllCredentials['verifyFirstStep'] = async (name, secret, from) => {
    if (isAccessToken(secret)) return accessTokens.verify(secret, from, name);
    const candidate = await robots.findCandidate(name);
    if (candidate === undefined) return passwords.verifyBasic(name, secret, from);
    // A prefix that was changed must lock no user out. Asked for robots that exist too, so that none takes longer.
    const user = await users.findByName(name);
    const isUsers = candidate.row === undefined && user !== undefined;
    return isUsers ? passwords.verifyBasic(name, secret, from) : robots.verify(candidate, secret, from);
  };
  return {
    verifyFirstStep,
    workloads,
    async verifyBasic(name, secret, from) {
      if (name === WORKLOAD_USERNAME && isForeignToken(secret)) return workloads.verify(secret, from);
      const signedIn = await verifyFirstStep(name, secret, from);
      if (signedIn?.kind !== 'user' || signedIn.hasSecondFactor !== true) return signedIn;
      throw new ProductError(
        'DENIED',
        'this account has a second factor, which a password alone does not replace: use a personal access token as the password',
      );
    },
  };
}
