import { ProductError } from '../../kernel/errors.ts';
import { WORKLOAD_USERNAME } from '../workload/workload-username.ts';

/** What a user says of itself. */
export interface Profile {
  /** Empty: none. No two accounts have the same. */
  readonly email: string;
  readonly realName: string;
  readonly comment: string;
}

export const NO_PROFILE: Profile = { email: '', realName: '', comment: '' };

const MAX_LENGTH = 255;
const EMAIL = /^[^\s@,<>"'()[\]\\:;]+@[^\s@,<>"'()[\]\\:;]+$/;
/** Control characters, what is invisible or turns the direction of text, halves of characters, and what nobody has assigned. */
const UNREADABLE = /\p{C}/u;

/** @throws ProductError BAD_REQUEST that names the field. */
export function assertGoodProfile({ email, realName, comment }: Profile): void {
  if (email !== '' && (email.length > MAX_LENGTH || !EMAIL.test(email) || UNREADABLE.test(email))) {
    throw new ProductError('BAD_REQUEST', 'email: this is not an e-mail address like carol@example.com');
  }
  assertReadable('the real name', realName);
  assertReadable('the comment', comment);
}

/**
 * The rule for names of users: what HTTP Basic can carry, what can be told apart by people, and nothing that robots have.
 * @throws ProductError BAD_REQUEST
 */
export function assertGoodUsername(username: string, robotNamePrefix: string): void {
  const isGood =
    username.length >= 1 &&
    username.length <= MAX_LENGTH &&
    !/[,"~#%$:/\\]/.test(username) &&
    !UNREADABLE.test(username) &&
    username === username.trim() &&
    username === username.normalize('NFKC');
  if (!isGood) {
    throw new ProductError(
      'BAD_REQUEST',
      `a user name has 1 to ${MAX_LENGTH} characters, none of , " ~ # % $ : / \\, and no space at either end`,
    );
  }
  if (username.toLowerCase() === WORKLOAD_USERNAME) {
    throw new ProductError('BAD_REQUEST', `the name ${WORKLOAD_USERNAME} is that of workloads: choose another`);
  }
  if (robotNamePrefix !== '' && username.startsWith(robotNamePrefix)) {
    throw new ProductError(
      'BAD_REQUEST',
      `names that begin with ${robotNamePrefix} are those of robots: choose another`,
    );
  }
}

function assertReadable(what: string, text: string): void {
  if (text.length <= MAX_LENGTH && !UNREADABLE.test(text)) return;
  throw new ProductError('BAD_REQUEST', `${what} has at most ${MAX_LENGTH} characters, all of them visible`);
}
