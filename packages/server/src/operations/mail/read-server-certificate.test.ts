import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createSelfSignedCertificate } from '../../../test/support/create-self-signed-certificate.ts';
import { readServerCertificate } from './read-server-certificate.ts';

it('reads when the certificate of a file begins and ends, and for whom it is', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-certificate-'));
  try {
    const [notBefore, notAfter] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-04-01T00:00:00Z')];
    const file = path.join(folder, 'chain.pem');
    const [own, other] = ['registry.example', 'authority.example'].map(
      (name) => createSelfSignedCertificate({ name, notBefore, notAfter }).certPem,
    );
    await writeFile(file, `${own}${other}`);
    expect(await readServerCertificate(file)).toEqual({
      name: 'registry.example',
      beginsAt: notBefore.getTime(),
      expiresAt: notAfter.getTime(),
    });
    expect(await readServerCertificate(undefined)).toBeUndefined();
    await writeFile(file, 'nothing');
    await expect(readServerCertificate(file)).rejects.toThrow();
  } finally {
    await rm(folder, { recursive: true });
  }
});
