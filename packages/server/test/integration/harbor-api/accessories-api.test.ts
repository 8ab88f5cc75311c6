import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildkitAttestation,
  bundle,
  COSIGN_SIGN,
  cosignSignature,
  image,
  referrer,
  SLSA,
} from '../support/artifact-shapes.ts';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { describeManifest, type SampleManifest, sampleIndex } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

type Query = Record<string, string | number | boolean>;

describe.each(ENGINES)("Harbor's accessories on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let admin: RegistryClient;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    admin = registry.admin;
    await admin.createProject('team');
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await registry.close();
  });

  const of = (repository: string, reference?: string) => ({
    project_name: 'team',
    repository_name: repository,
    ...(reference !== undefined && { reference }),
  });
  const listed = async (repository: string, query: Query = {}) => {
    const { json } = await harbor.call(admin, 'listArtifacts', { params: of(repository), query });
    return json.map(({ digest }: { digest: string }) => digest).toSorted();
  };
  const accessories = async (repository: string, reference: string, query: Query = {}) =>
    (await harbor.call(admin, 'listAccessories', { params: of(repository, reference), query })).json;
  const pushReferrer = (repository: string, manifest: SampleManifest) =>
    admin.pushImage(repository, manifest.digest, manifest);

  describe('what refers to an image', () => {
    const subject = image();
    const at = describeManifest(subject);
    it.each<[string, SampleManifest]>([
      ['signature.cosign', bundle(at, COSIGN_SIGN)],
      ['attestation.cosign', bundle(at, SLSA)],
      ['attestation.cosign', bundle(at, 'https://spdx.dev/Document')],
      ['subject.accessory', bundle(at, undefined)],
      ['signature.cosign', referrer(at, 'application/vnd.dev.cosign.artifact.sig.v1+json')],
      ['signature.notation', referrer(at, 'application/vnd.cncf.notary.signature')],
      ['sbom.harbor', referrer(at, 'application/vnd.goharbor.harbor.sbom.v1')],
      ['sbom.spdx', referrer(at, 'application/spdx+json')],
      ['sbom.cyclonedx', referrer(at, 'application/vnd.cyclonedx+json')],
      ['attestation.buildkit', referrer(at, 'application/vnd.docker.attestation.manifest.v1+json')],
      ['accelerator.soci', referrer(at, 'application/vnd.amazon.soci.index.v1+json')],
      ['subject.accessory', referrer(at, 'application/x-anything')],
    ])('is a %s, hidden and listed with it', async (type, accessory) => {
      await admin.pushImage('team/subject', 'v1', subject);
      await pushReferrer('team/subject', accessory);
      expect(await listed('subject')).toEqual([subject.digest]);
      const [found] = await accessories('subject', 'v1', { q: `digest=${accessory.digest}` });
      expect(found).toMatchObject({
        type,
        digest: accessory.digest,
        subject_artifact_digest: subject.digest,
        subject_artifact_repo: 'team/subject',
      });
      expect(await accessories('subject', 'v1', { q: `type=${type}` })).toContainEqual(found);
      const params = of('subject', accessory.digest);
      expect((await harbor.call(admin, 'getArtifact', { params })).json.id).toBe(found.artifact_id);
    });

    it('comes with the image where that is asked for', async () => {
      const query = { with_accessory: true };
      const list = await harbor.call(admin, 'listArtifacts', { params: of('subject'), query });
      expect(list.json[0].accessories).toHaveLength(12);
      const one = await harbor.call(admin, 'getArtifact', { params: of('subject', 'v1'), query });
      expect(one.json.accessories).toEqual(list.json[0].accessories);
      const all = await accessories('subject', 'v1');
      expect(all).toHaveLength(10);
      const page = await accessories('subject', 'v1', { page: 2, page_size: 10, sort: 'id' });
      expect(page).toHaveLength(2);
      expect(
        (await harbor.call(admin, 'listAccessories', { params: of('subject', 'v1'), query: { sort: 'x' } })).status,
      ).toBe(400);
    });
  });

  it('cosign 2 names its signatures by tags, and they are hidden with those that came before', async () => {
    const subject = image();
    await admin.pushImage('team/cosign2', 'v1', subject);
    const hex = subject.digest.replace(':', '-');
    const first = cosignSignature();
    const second = cosignSignature();
    await admin.pushImage('team/cosign2', `${hex}.sig`, first);
    await admin.pushImage('team/cosign2', `${hex}.sig`, second);
    await admin.pushImage('team/cosign2', `${hex}.att`, cosignSignature());
    await admin.pushImage('team/cosign2', `${hex}.sbom`, cosignSignature());
    expect(await listed('cosign2')).toEqual([subject.digest]);
    const found = await accessories('cosign2', 'v1', { sort: 'id' });
    expect(found.map(({ type }: { type: string }) => type)).toEqual([
      'signature.cosign',
      'signature.cosign',
      'attestation.cosign',
      'sbom.cosign',
    ]);
  });

  it('a list of referrers that a client keeps under a tag is hidden, and goes with its subject', async () => {
    const subject = image();
    await admin.pushImage('team/fallback', 'v1', subject);
    const signature = referrer(describeManifest(subject), 'application/vnd.cncf.notary.signature');
    await pushReferrer('team/fallback', signature);
    const list = sampleIndex([describeManifest(signature)]);
    await admin.pushImage('team/fallback', subject.digest.replace(':', '-'), list);
    expect(await listed('fallback')).toEqual([subject.digest]);
    const params = { project_name: 'team', repository_name: 'fallback-copy' };
    const query = { from: 'team/fallback:v1' };
    expect((await harbor.call(admin, 'CopyArtifact', { params, query })).status).toBe(201);
    expect(await listed('fallback-copy', { q: 'base=*' })).toHaveLength(3);
    const copied = `/v2/team/fallback-copy/manifests/${subject.digest.replace(':', '-')}`;
    expect((await admin.get(copied)).headers['docker-content-digest']).toBe(list.digest);
    expect((await harbor.call(admin, 'deleteArtifact', { params: of('fallback', 'v1') })).status).toBe(200);
    expect(await listed('fallback', { q: 'base=*' })).toEqual([]);
  });

  it('an accessory that comes before its subject is shown until that is there', async () => {
    const subject = image();
    const signature = bundle(describeManifest(subject), COSIGN_SIGN);
    await pushReferrer('team/early', signature);
    expect(await listed('early')).toEqual([signature.digest]);
    await admin.pushImage('team/early', 'v1', subject);
    expect(await listed('early')).toEqual([subject.digest]);
    expect((await admin.delete(`/v2/team/early/manifests/${subject.digest}`)).status).toBe(202);
    expect(await listed('early')).toEqual([signature.digest]);
  });

  it('whichever of the two is stored first, at the same time too', async () => {
    for (let round = 0; round < 12; round += 1) {
      const subject = image();
      const signature = bundle(describeManifest(subject), COSIGN_SIGN);
      for (const { blobs } of [subject, signature]) {
        for (const blob of blobs) await admin.pushBlob('team/race', blob);
      }
      await Promise.all([
        admin.putManifest('team/race', signature.digest, signature),
        admin.putManifest('team/race', subject.digest, subject),
      ]);
      expect(await listed('race', { page_size: 100 })).not.toContain(signature.digest);
    }
  });

  it('BuildKit says in an index what its attestations are about', async () => {
    const [arm, attestation] = [image(), buildkitAttestation()];
    const index = sampleIndex([
      { ...describeManifest(arm), platform: { os: 'linux', architecture: 'arm64' } },
      {
        ...describeManifest(attestation),
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': arm.digest,
        },
      },
    ]);
    await admin.pushImage('team/buildkit', arm.digest, arm);
    await admin.pushImage('team/buildkit', attestation.digest, attestation);
    await admin.pushImage('team/buildkit', 'v1', index);
    expect(await listed('buildkit')).toEqual([index.digest]);
    expect(await accessories('buildkit', arm.digest)).toMatchObject([
      { type: 'attestation.buildkit', digest: attestation.digest },
    ]);
  });

  it('Nydus says of what it made an image', async () => {
    const source = image();
    const nydus = image({
      annotations: { 'io.goharbor.artifact.v1alpha1.acceleration.source.digest': source.digest },
      layers: [{ ...describeManifest(source), annotations: { 'containerd.io/snapshot/nydus-bootstrap': 'true' } }],
    });
    const layer = source.bytes;
    await admin.pushImage('team/nydus', 'v1', source);
    await admin.pushBlob('team/nydus', layer);
    await admin.pushImage('team/nydus', 'v1-nydus', nydus);
    expect(await listed('nydus')).toEqual([source.digest]);
    expect(await accessories('nydus', 'v1')).toMatchObject([{ type: 'accelerator.nydus', digest: nydus.digest }]);
  });

  it('a tag that names its own artifact hides nothing', async () => {
    const pushed = image();
    await admin.pushImage('team/self', `${pushed.digest.replace(':', '-')}.sig`, pushed);
    expect(await listed('self')).toEqual([pushed.digest]);
  });
});
