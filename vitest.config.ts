import { defineConfig } from 'vitest/config';

/** Integration tests to which it makes no difference where blobs are: they do not run again on S3. */
const WITHOUT_BLOBS = [
  'access-matrix',
  'access-tokens',
  'account-revocation',
  'audit-events',
  'audit-log',
  'authorization',
  'browser-sessions',
  'configurations',
  'device-logins',
  'harbor-api/retentions-api',
  'harbor-api/upkeep-api',
  'harbor-api/webhooks-api',
  'invitations',
  'key-rotation',
  'ldap/ldap-attacks',
  'ldap/ldap-directory',
  'ldap/ldap-routes',
  'ldap/ldap-sign-in',
  'login-attack',
  'login-providers',
  'members',
  'network-rules',
  'oidc-accounts',
  'oidc-attacks/oidc-attacks',
  'oidc-rights',
  'oidc-sign-in',
  'passkey-attacks',
  'passkeys',
  'password-resets',
  'request-limits',
  'revocation',
  'robots',
  'second-factor-rules',
  'second-factors',
  'sign-in-timing',
  'token-lifetime',
  'user-accounts',
  'workload-attacks/workload-attacks',
  'workload-identity',
].map((name) => `packages/server/test/integration/${name}.test.ts`);

const isOnS3 = process.env['ROADSTEAD_TEST_BLOBS'] === 's3';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/{integration,support,architecture,conformance,performance,linearizability,crash,faults,scale}/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/fixtures/**', ...(isOnS3 ? WITHOUT_BLOBS : [])],
    globalSetup: ['packages/server/test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Beyond this a test hangs; a machine that others keep busy is only slow. One that needs longer says so itself.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
