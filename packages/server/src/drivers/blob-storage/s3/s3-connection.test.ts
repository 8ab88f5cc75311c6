import dns from 'node:dns';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { createBucket, deleteBucket } from '../../../../test/support/create-bucket.ts';
import { createSelfSignedCertificate } from '../../../../test/support/create-self-signed-certificate.ts';
import { listenLocally } from '../../../../test/support/listen-locally.ts';
import { openS3Bucket, type S3BucketOptions } from './open-s3-bucket.ts';
import { PartBuffers } from './part-buffers.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { createS3Storage } from './s3-storage.ts';

const access = inject('s3');
/** The store of the tests takes what is below this name for buckets. */
const STORE = 'store.test';
const DAY_MS = 24 * 3_600_000;

describe.runIf(access !== undefined)('a connection to an S3 store', () => {
  if (access === undefined) return;
  const { accessKeyId, secretAccessKey, region, endpoint } = access;
  const folder = mkdtempSync(path.join(tmpdir(), 'roadstead-s3-'));
  let name: string;
  let asked: string[];
  const undoing: (() => void)[] = [];

  beforeAll(async () => {
    name = await createBucket(access);
  }, 130_000);
  afterAll(async () => {
    await deleteBucket(access, name);
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    asked = [];
    const lookup = dns.lookup.bind(dns) as (...args: unknown[]) => void;
    vi.spyOn(dns, 'lookup').mockImplementation(((host: string, ...rest: unknown[]) => {
      asked.push(host);
      lookup(host.endsWith(STORE) ? '127.0.0.1' : host, ...rest);
    }) as typeof dns.lookup);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    for (const undo of undoing.splice(0).reverse()) undo();
  });

  const open = async (options: Partial<S3BucketOptions>): Promise<S3Bucket> => {
    const bucket = await openS3Bucket({
      bucket: name,
      region,
      endpoint,
      isPathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      caFile: undefined,
      encryption: undefined,
      attempts: 1,
      ...options,
    });
    undoing.push(() => bucket.close());
    return bucket;
  };

  async function expectItWorks(bucket: S3Bucket): Promise<void> {
    await bucket.putObject('probe', Buffer.from('bytes'));
    expect(await bucket.findObjectSize('probe')).toBe(5);
    await bucket.deleteObject('probe');
    expect(await bucket.findObjectSize('probe')).toBeUndefined();
  }

  it('names the bucket in the host where it is not to be in the path', async () => {
    const { port } = new URL(endpoint);
    await expectItWorks(await open({ endpoint: `http://${STORE}:${port}`, isPathStyle: false }));
    expect(new Set(asked)).toEqual(new Set([`${name}.${STORE}`]));
  });

  it('trusts the authority of its own file, and nobody else, where the store has TLS', async () => {
    const { hostname, port: storePort } = new URL(endpoint);
    const validity = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
    const { certPem, keyPem } = createSelfSignedCertificate({ name: STORE, ...validity });
    const caFile = path.join(folder, 'ca.pem');
    writeFileSync(caFile, certPem);
    const front = createTlsServer({ cert: certPem, key: keyPem }, (socket) => {
      const store = connect(Number(storePort), hostname);
      socket.pipe(store).pipe(socket);
      for (const end of [socket, store]) end.on('error', () => [socket, store].map((each) => each.destroy()));
    });
    const port = await listenLocally(front);
    undoing.push(() => front.close());
    const place = { endpoint: `https://${STORE}:${port}` };
    await expectItWorks(await open({ ...place, caFile }));
    const stranger = await open(place);
    await expect(stranger.findObjectSize('probe')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('self-signed') },
    });
    await expect(open({ ...place, caFile: path.join(folder, 'none') })).rejects.toThrow('ENOENT');
  });

  describe('that is given no credentials', () => {
    const without = { credentials: undefined };

    beforeEach(() => {
      for (const variable of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'])
        vi.stubEnv(variable, undefined);
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path.join(folder, 'none'));
      vi.stubEnv('AWS_CONFIG_FILE', path.join(folder, 'none'));
      vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    });

    it('takes them from the environment', async () => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
      await expectItWorks(await open(without));
    });

    it('takes them from the file of Amazon’s tools', async () => {
      const file = path.join(folder, 'credentials');
      writeFileSync(
        file,
        `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
      );
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
      await expectItWorks(await open(without));
    });

    it('asks the machine for those of its role', async () => {
      let requests = 0;
      const role = createServer((_, answer) => {
        requests += 1;
        const Expiration = new Date(Date.now() + DAY_MS).toISOString();
        answer.end(
          JSON.stringify({ AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: '', Expiration }),
        );
      });
      const port = await listenLocally(role);
      undoing.push(() => role.close());
      vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://127.0.0.1:${port}/role`);
      await expectItWorks(await open(without));
      expect(requests).toBe(1);
    });

    it('says so when there are none anywhere', async () => {
      const storage = createS3Storage({ bucket: await open(without), prefix: '', buffers: new PartBuffers(1024 ** 2) });
      await expect(storage.checkHealth()).rejects.toThrow('no credentials were found in the address, the environment');
    });
  });
});
