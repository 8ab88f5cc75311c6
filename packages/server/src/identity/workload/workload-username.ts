/** The user name that says: the password is a token of another issuer. No account has it. */
export const WORKLOAD_USERNAME = 'oidc';
