/** What the process says with its exit code. Scripts rely on these numbers: add, never renumber. */
export const EXIT_CODE = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  authentication: 4,
  network: 5,
  verification: 6,
  conflict: 7,
  unanswered: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];

/** One line per exit code, as `roadstead help exit-codes` and the README show them. */
export const EXIT_CODE_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT_CODE.ok, 'Done.'],
  [
    EXIT_CODE.failure,
    'Failed for a reason that no other code names; the message tells. Of `auth can-i`: the answer is no; of `workload-rule test`: no rule takes the token.',
  ],
  [EXIT_CODE.usage, 'The command line is wrong: an unknown option, a missing argument, a bad reference.'],
  [EXIT_CODE.notFound, 'The repository, tag, manifest, blob, layout or layout entry does not exist.'],
  [EXIT_CODE.authentication, 'The server refused the credentials, or they do not allow this.'],
  [EXIT_CODE.network, 'The server could not be reached, or the connection broke and retries did not help.'],
  [
    EXIT_CODE.verification,
    'Content does not match its digest or size, and nothing of it was kept; or an audit log is not as it was logged.',
  ],
  [EXIT_CODE.conflict, 'The state forbids it: still referenced, changed meanwhile, unsupported or locked.'],
  [EXIT_CODE.unanswered, '`auth can-i` got no answer, for a reason that no other code names; the message tells.'],
  [EXIT_CODE.interrupted, 'Interrupted (Ctrl-C). A pull that is started again continues where it was.'],
];
