import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { RequestOrigin } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { AccessSettings } from '../access-settings.ts';
import { type Credentials, type CredentialsDependencies, createCredentials } from '../credentials.ts';
import type { LoginEvents, LoginTry } from '../login-events.ts';
import type { MachineLogins } from '../machine-logins.ts';
import type { UseNotes } from '../use-notes.ts';
import { isUsableAt, type RobotPrincipal } from './robot.ts';
import { equalsRandomHash, hashRandomSecret, isRandomHash } from './robot-secret.ts';

/** Longer than any project, name and prefix together. */
const MAX_LOGIN_NAME_LENGTH = 1_000;
/** What stands before a robot's name where names of users do too. */
const ACCOUNT = 'robot ';

/** Checks the names of robots with their secrets. */
export interface RobotCredentials {
  /** What the name may be the robot of; undefined when no robot has such a name, whichever there are. */
  findCandidate(loginName: string): Promise<RobotCandidate | undefined>;
  /**
   * A robot that is missing, disabled or over is answered as a wrong secret is, and as slowly.
   * @returns undefined when anything is wrong
   * @throws ProductError TOO_MANY_REQUESTS as for passwords of users
   */
  verify(candidate: RobotCandidate, secret: string, from: RequestOrigin): Promise<RobotPrincipal | undefined>;
}

/** A name of a robot's form, and the robot if there is one. */
export interface RobotCandidate {
  readonly loginName: string;
  /** Without the prefix. */
  readonly fullName: string;
  readonly row: SelectedSecrets | undefined;
}

interface SelectedSecrets {
  readonly id: number;
  readonly secret_hash: string | null;
  readonly previous_secret_hash: string | null;
  readonly previous_secret_until: number | null;
  readonly expires_at: number | null;
  readonly disabled_at: number | null;
  readonly epoch: number;
}

/** The stored secrets that work now. */
interface AcceptedSecrets {
  readonly current: AcceptedSecret | undefined;
  readonly previous: AcceptedSecret | undefined;
}

interface AcceptedSecret {
  readonly hash: string;
  readonly epoch: number;
}

export interface RobotCredentialsDependencies extends Omit<CredentialsDependencies, 'users'> {
  readonly database: InstanceDatabase;
  readonly settings: () => Promise<Pick<AccessSettings, 'robotNamePrefix'>>;
  readonly notes: UseNotes;
  readonly logins: MachineLogins;
  readonly clock: Clock;
}

const SECRETS_BY_NAME =
  'select id, secret_hash, previous_secret_hash, previous_secret_until, expires_at, disabled_at, epoch ' +
  'from robots where full_name = ?';

export function createRobotCredentials(dependencies: RobotCredentialsDependencies): RobotCredentials {
  return new DatabaseRobotCredentials(dependencies);
}

class DatabaseRobotCredentials implements RobotCredentials {
  readonly #deps: RobotCredentialsDependencies;
  readonly #byName: (values: readonly [string]) => Promise<readonly SelectedSecrets[]>;
  /** What somebody chose is checked as passwords are: slowly, remembered for a while, bounded in tries. */
  readonly #chosen: Readonly<Record<keyof AcceptedSecrets, Credentials>>;

  constructor(dependencies: RobotCredentialsDependencies) {
    this.#deps = dependencies;
    this.#byName = dependencies.database.prepareRead('robot_secrets', SECRETS_BY_NAME);
    this.#chosen = { current: this.#createChosen('current'), previous: this.#createChosen('previous') };
  }

  async findCandidate(loginName: string): Promise<RobotCandidate | undefined> {
    if (loginName.length > MAX_LOGIN_NAME_LENGTH || loginName.includes('\0')) return undefined;
    const { robotNamePrefix } = await this.#deps.settings();
    if (!loginName.startsWith(robotNamePrefix)) return undefined;
    const fullName = loginName.slice(robotNamePrefix.length);
    return { loginName, fullName, row: await this.#find(fullName) };
  }

  async verify(candidate: RobotCandidate, secret: string, from: RequestOrigin): Promise<RobotPrincipal | undefined> {
    const { loginName, row } = candidate;
    const made = this.#findMade(row, secret);
    const matching = made ?? (await this.#findChosen(candidate, secret, from));
    if (matching === undefined || row === undefined) return undefined;
    const account = { kind: 'robot', id: row.id, name: candidate.fullName } as const;
    if (made !== undefined) this.#deps.logins.succeeded({ origin: from, account });
    this.#deps.notes.note('robots', row.id);
    return { kind: 'robot', id: row.id, name: loginName, epoch: matching.epoch };
  }

  #findMade(row: SelectedSecrets | undefined, secret: string): AcceptedSecret | undefined {
    const { current, previous } = this.#acceptedOf(row);
    const presented = hashRandomSecret(secret);
    return [current, previous].find(
      (each) => each !== undefined && isRandomHash(each.hash) && equalsRandomHash(presented, each.hash),
    );
  }

  /** Takes the time of a slow hash, whatever there is to compare with: all wrong secrets look alike. */
  async #findChosen(
    { fullName, row }: RobotCandidate,
    secret: string,
    from: RequestOrigin,
  ): Promise<AcceptedSecret | undefined> {
    const { current, previous } = this.#acceptedOf(row);
    const account = `${ACCOUNT}${fullName}`;
    if ((await this.#chosen.current.verifyBasic(account, secret, from)) !== undefined) return current;
    if (previous === undefined || isRandomHash(previous.hash)) return undefined;
    const isPrevious = (await this.#chosen.previous.verifyBasic(account, secret, from)) !== undefined;
    return isPrevious ? previous : undefined;
  }

  #createChosen(which: keyof AcceptedSecrets): Credentials {
    const findWithPassword = async (account: string) => {
      const row = await this.#find(account.slice(ACCOUNT.length));
      const accepted = this.#acceptedOf(row)[which];
      if (row === undefined || accepted === undefined) return undefined;
      const passwordHash = isRandomHash(accepted.hash) ? null : accepted.hash;
      return {
        id: row.id,
        name: account,
        isAdministrator: false,
        tokenEpoch: accepted.epoch,
        passwordHash,
        mustChangePassword: false,
        hasSecondFactor: false,
        signsInElsewhere: false,
      };
    };
    return createCredentials({ ...this.#deps, events: toRobotEvents(this.#deps.events), users: { findWithPassword } });
  }

  async #find(fullName: string): Promise<SelectedSecrets | undefined> {
    const [row] = await this.#byName([fullName]);
    return row;
  }

  #acceptedOf(row: SelectedSecrets | undefined): AcceptedSecrets {
    const now = this.#deps.clock.now();
    const isUsable =
      row !== undefined &&
      isUsableAt({ isDisabled: row.disabled_at !== null, expiresAt: row.expires_at ?? undefined }, now);
    if (!isUsable) return { current: undefined, previous: undefined };
    const { secret_hash, previous_secret_hash, epoch } = row;
    const overlaps = row.previous_secret_until !== null && now < row.previous_secret_until;
    return {
      current: secret_hash === null ? undefined : { hash: secret_hash, epoch },
      previous:
        previous_secret_hash === null || !overlaps ? undefined : { hash: previous_secret_hash, epoch: epoch - 1 },
    };
  }
}

/** Credentials think of every account as a user; who hears of them shall know better. */
function toRobotEvents(events: LoginEvents): LoginEvents {
  const toRobot = (account: Principal): Principal =>
    account.kind === 'user' ? { kind: 'robot', id: account.id, name: account.name.slice(ACCOUNT.length) } : account;
  const translate = (login: LoginTry): LoginTry => ({
    ...login,
    account: login.account === undefined ? undefined : toRobot(login.account),
  });
  return {
    succeeded: (login) => events.succeeded({ ...login, account: toRobot(login.account) }),
    failed: (login) => events.failed(translate(login)),
    refused: (login) => events.refused(translate(login)),
  };
}
