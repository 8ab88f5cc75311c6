import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor, RequestOrigin } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { AccessSettings } from '../access-settings.ts';
import { assertGoodProfile, assertGoodUsername } from '../users/profile.ts';
import type { Users } from '../users/users.ts';
import { type Admission, admitIdentity, type ExternalProfile, type ProvenIdentity } from './admit-identity.ts';

export interface AdmitRequest {
  readonly identity: ProvenIdentity;
  /** What a new account may be called, as somebody says who is not trusted: what is no name of a user here is none at all. */
  readonly username: string | undefined;
  readonly from: RequestOrigin;
}

export interface ExternalAccountsDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly users: Pick<Users, 'forget'>;
  readonly settings: () => Promise<Pick<AccessSettings, 'robotNamePrefix'>>;
  /** Told that groups of users have changed. */
  readonly onGroupsChange: () => void;
}

const MAX_ISSUER_LENGTH = 1_024;
const MAX_SUBJECT_LENGTH = 255;
const MAX_REAL_NAME_LENGTH = 255;

/** The accounts of who signs in at a login provider, whatever its kind. */
export class ExternalAccounts {
  readonly #deps: ExternalAccountsDependencies;

  constructor(deps: ExternalAccountsDependencies) {
    this.#deps = deps;
  }

  /**
   * As `admitIdentity`, for what comes from outside.
   * @throws ProductError UNAUTHORIZED (the provider names nobody), NOT_FOUND, PRECONDITION
   */
  async admit({ identity, username, from }: AdmitRequest): Promise<Admission> {
    const { database, clock, users, settings, onGroupsChange } = this.#deps;
    assertNames(identity);
    const { robotNamePrefix } = await settings();
    const input = {
      identity: { ...identity, profile: readableProfile(identity.profile) },
      username: username !== undefined && isGoodUsername(username, robotNamePrefix) ? username : undefined,
      actor: actorOf(identity.providerId, from),
      now: clock.now(),
    };
    const admission = await database.execute(admitIdentity, input);
    if (admission.kind === 'admitted') {
      users.forget(admission.userId);
      if (admission.haveGroupsChanged) onGroupsChange();
    }
    return admission;
  }
}

/** Who changes accounts when somebody signs in: what the provider says. */
function actorOf(providerId: string, from: RequestOrigin): Actor {
  const { requestId, address, userAgent } = from;
  return { principal: { kind: 'system', name: `login-provider:${providerId}` }, requestId, address, userAgent };
}

function assertNames({ issuer, subject }: ProvenIdentity): void {
  const isFit = (text: string, maxLength: number) =>
    text !== '' && text.length <= maxLength && !/[\p{Cc}\p{Cs}]/u.test(text);
  if (isFit(issuer, MAX_ISSUER_LENGTH) && isFit(subject, MAX_SUBJECT_LENGTH)) return;
  throw new ProductError('UNAUTHORIZED', 'the login provider does not say who you are');
}

function isGoodUsername(username: string, robotNamePrefix: string): boolean {
  try {
    assertGoodUsername(username, robotNamePrefix);
    return true;
  } catch {
    return false;
  }
}

/** What of a profile can be shown here; an address that is none is left out. */
function readableProfile({ realName, email, isEmailVerified }: ExternalProfile): ExternalProfile {
  const shown = realName.replaceAll(/\p{C}/gu, '').slice(0, MAX_REAL_NAME_LENGTH).toWellFormed();
  const profile = { realName: shown.trim(), comment: '' };
  try {
    assertGoodProfile({ ...profile, email });
    return { realName: profile.realName, email, isEmailVerified: isEmailVerified && email !== '' };
  } catch {
    return { realName: profile.realName, email: '', isEmailVerified: false };
  }
}
