/** Where the second step of every sign-in goes. */
const SECOND_STEP = '/api/roadstead/v1/session/second-factor';

/** The body of a 401 that is no refusal: the password was right, and a second factor is waited for. */
export function renderSecondFactorChallenge({
  token,
  expiresAt,
  methods,
}: {
  readonly token: string;
  /** Milliseconds UTC. */
  readonly expiresAt: number;
  /** What the second step takes. */
  readonly methods: readonly string[];
}): Readonly<Record<string, unknown>> {
  return {
    errors: [
      {
        code: 'SECOND_FACTOR_REQUIRED',
        message: `this account has a second factor: send the challenge with a code to POST ${SECOND_STEP}`,
        detail: { challenge: token, expiresAt: new Date(expiresAt).toISOString(), methods, path: SECOND_STEP },
      },
    ],
  };
}
