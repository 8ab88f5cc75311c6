import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ForeignIssuer } from '../../support/foreign-issuer.ts';
import { startOidcProvider } from '../../support/start-oidc-provider.ts';
import { startSlapd } from '../../support/start-slapd.ts';
import { type LoginCounterparts, PERSON } from './login-maker.ts';

export interface OpenCounterparts {
  /** What the server needs to reach them. */
  readonly env: Readonly<Record<string, string>>;
  /** @param origin of the server */
  start(origin: string): Promise<LoginCounterparts>;
  stop(): Promise<void>;
}

const ENTRIES = `dn: dc=example,dc=com
objectClass: domain
dc: example

dn: ${PERSON.base}
objectClass: organizationalUnit
ou: people

dn: uid=${PERSON.uid},${PERSON.base}
objectClass: inetOrgPerson
uid: ${PERSON.uid}
cn: Dora
sn: Doe
userPassword: ${PERSON.password}
`;

/** The real things that logins are proven at: an issuer of workload tokens, an OpenID Connect provider, a directory. */
export async function openCounterparts(): Promise<OpenCounterparts> {
  await using opening = new AsyncDisposableStack();
  const folder = mkdtempSync(path.join(tmpdir(), 'roadstead-clients-issuer-'));
  opening.defer(() => rmSync(folder, { recursive: true, force: true }));
  const issuer = new ForeignIssuer('localhost');
  await issuer.open();
  opening.defer(() => issuer.close());
  const authority = path.join(folder, 'issuer.pem');
  writeFileSync(authority, issuer.certificatePem);
  const directory = await startSlapd(ENTRIES);
  opening.defer(() => directory.stop());
  const resources = opening.move();
  return {
    env: { ROADSTEAD_EGRESS_ALLOW: 'localhost,127.0.0.1/32,::1/128', NODE_EXTRA_CA_CERTS: authority },
    async start(origin) {
      const provider = await startOidcProvider([`${origin}/c/oidc/callback`]);
      resources.defer(() => provider.close());
      return { issuer, provider, directory };
    },
    stop: () => resources.disposeAsync(),
  };
}
