import { randomBytes } from 'node:crypto';
import { digestOf } from '../content/registry-client.ts';
import { createManifest } from '../content/sample-image.ts';
import type { FleetIssuer } from './fleet-issuer.ts';

export interface JobPlace {
  readonly url: string;
  readonly project: string;
  readonly issuer: FleetIssuer;
  readonly audience: string;
}

const MAX_LAYER_BYTES = 32 * 1024;
const MIN_LAYER_BYTES = 1024;
const TAGS = 40;

/**
 * What a CI job does: it gets a token of its own, exchanges it, pushes an image, and pulls it again.
 * @throws Error when anything is not as it should be
 */
export async function runJob(number: number, { url, project, issuer, audience }: JobPlace): Promise<void> {
  const repository = `${project}/app-${number % 7}`;
  const workload = await issuer.sign(claimsOf(number, audience));
  const authorization = `Bearer ${await exchange(url, repository, workload)}`;
  const send = (method: string, path: string, body?: Buffer, type = 'application/octet-stream') =>
    fetch(new URL(path, url), {
      method,
      headers: { authorization, 'content-type': type },
      ...(body && { body: new Uint8Array(body) }),
    });
  const pushBlob = async (bytes: Buffer) => {
    const begun = await send('POST', `/v2/${repository}/blobs/uploads/`);
    await assertStatus(begun, 202);
    const location = new URL(begun.headers.get('location') ?? '', url);
    location.searchParams.set('digest', digestOf(bytes));
    await assertStatus(await send('PUT', location.href, bytes), 201);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const layer = randomBytes(MIN_LAYER_BYTES + ((number * 7_919) % (MAX_LAYER_BYTES - MIN_LAYER_BYTES)));
  const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...(await pushBlob(layer)) }];
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', job: number }));
  const configDescriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', ...(await pushBlob(config)) };
  const manifest = createManifest(configDescriptor, layers, { job: String(number) });
  const tag = `job-${number % TAGS}`;
  await assertStatus(await send('PUT', `/v2/${repository}/manifests/${tag}`, manifest.bytes, manifest.mediaType), 201);
  await assertBytes(await send('GET', `/v2/${repository}/manifests/${manifest.digest}`), manifest.digest);
  for (const { digest } of layers) await assertBytes(await send('GET', `/v2/${repository}/blobs/${digest}`), digest);
}

/** The claims of a job of GitHub Actions. */
function claimsOf(number: number, audience: string): Readonly<Record<string, unknown>> {
  return {
    aud: audience,
    sub: 'repo:acme/app:ref:refs/heads/main',
    jti: `job-${number}`,
    repository: 'acme/app',
    repository_owner: 'acme',
    ref: 'refs/heads/main',
    ref_type: 'branch',
    workflow: 'release',
    event_name: 'push',
    run_id: String(1_000_000 + number),
    run_attempt: '1',
    actor: 'octocat',
  };
}

async function exchange(url: string, repository: string, workload: string): Promise<string> {
  const asked = new URL('/service/token', url);
  asked.searchParams.set('service', 'harbor-registry');
  asked.searchParams.set('scope', `repository:${repository}:pull,push`);
  const authorization = `Basic ${Buffer.from(`oidc:${workload}`).toString('base64')}`;
  const answer = await fetch(asked, { headers: { authorization } });
  await assertStatus(answer.clone(), 200);
  return ((await answer.json()) as { readonly token: string }).token;
}

async function assertStatus(answer: Response, status: number): Promise<void> {
  const text = await answer.text();
  if (answer.status !== status) throw new Error(`${answer.url}: ${answer.status} ${text.slice(0, 300)}`);
}

async function assertBytes(answer: Response, digest: string): Promise<void> {
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200 || digestOf(bytes) !== digest) {
    throw new Error(`${answer.url}: ${answer.status}, ${digestOf(bytes)} instead of ${digest}`);
  }
}
