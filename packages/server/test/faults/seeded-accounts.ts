/** Somebody who signs in with a name and a password. */
export interface SeededAccount {
  readonly username: string;
  readonly password: string;
}

/** Accounts that are there before the attack, and have the rights and nothing else that they are said to have. */
export interface SeededAccounts {
  /** Holds no role anywhere. */
  readonly outsider: SeededAccount;
  /** Administrator of the project that the attack may fill, and of no other. */
  readonly owner: SeededAccount;
}

export const SEEDED_ACCOUNTS: SeededAccounts = {
  outsider: { username: 'outsider', password: 'Outsider-4713' },
  owner: { username: 'owner', password: 'Owner-2718281' },
};

/** Of the project that the attack may fill, where it may pull. */
export const SEEDED_ROBOT: SeededAccount = { username: 'robot$faults-scratch+carrier', password: 'Carrier-6626068' };

/** What an Authorization header says of them. */
export function basicAuthorization({ username, password }: SeededAccount): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
