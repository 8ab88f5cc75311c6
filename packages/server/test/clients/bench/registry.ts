import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logins } from './login-kinds.ts';

export interface RegistryAccess {
  readonly host: string;
  readonly username: string;
  readonly password: string;
  /** Project of the pushes; only its members see it. */
  readonly project: string;
  /** Project that everybody may pull from. */
  readonly publicProject: string;
  /** What else there is to sign in with; none to somebody else's registry. */
  readonly logins: Logins;
}

export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly json: ManifestJson;
}

export interface ManifestJson {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: DescriptorJson;
  readonly layers?: readonly DescriptorJson[];
  readonly manifests?: readonly DescriptorJson[];
  readonly subject?: DescriptorJson;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface DescriptorJson {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

/** Of Harbor's Artifact, what cells look at. */
export interface ArtifactJson {
  readonly type: string;
  readonly digest: string;
  readonly accessories?: readonly { readonly type: string; readonly digest: string }[];
  readonly media_type?: string;
  readonly manifest_media_type?: string;
  readonly references?: readonly object[];
  readonly extra_attrs?: Readonly<Record<string, unknown>>;
  readonly addition_links: Readonly<Record<string, { readonly href: string }>>;
}

export interface ManyTags {
  readonly repository: string;
  /** In the order of the listing. */
  readonly tags: readonly string[];
}

const manyTagsCount = 1_050;
const tokenReuseMs = 30_000;

interface AskContent {
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

function challengeParameters(challenge: string): ReadonlyMap<string, string> {
  return new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

/**
 * The registry under test as a plain HTTP client sees it: cells ask it what a client has really stored, without
 * believing the client.
 */
export class Registry {
  readonly access: RegistryAccess;
  readonly #tokens = new Map<string, { readonly authorization: string; readonly until: number }>();
  #manyTags: Promise<ManyTags> | undefined;

  constructor(access: RegistryAccess) {
    this.access = access;
  }

  get host(): string {
    return this.access.host;
  }

  /** `user:password`, the form that containers tools take. */
  get credentials(): string {
    return `${this.access.username}:${this.access.password}`;
  }

  async #authorization(challenge: string, scope: string): Promise<string> {
    const basic = `Basic ${Buffer.from(this.credentials).toString('base64')}`;
    if (/^basic/i.test(challenge)) return basic;
    const parameters = challengeParameters(challenge);
    const realm = new URL(parameters.get('realm') ?? '');
    realm.searchParams.set('service', parameters.get('service') ?? '');
    realm.searchParams.set('scope', scope);
    const answer = await fetch(realm, { headers: { authorization: basic } });
    assert.equal(answer.status, 200, `the token end point answered ${answer.status} to the administrator`);
    const { token } = (await answer.json()) as { token: string };
    const authorization = `Bearer ${token}`;
    this.#tokens.set(scope, { authorization, until: Date.now() + tokenReuseMs });
    return authorization;
  }

  /** Asks the registry, with a token for the repository; the caller judges the answer. */
  async ask(method: string, path: string, repository: string, content: AskContent = {}): Promise<Response> {
    const url = new URL(path, `http://${this.host}`);
    const headers = { accept: manifestTypes.join(', '), ...content.headers };
    const body = content.body ? { body: new Uint8Array(content.body) } : {};
    const scope = `repository:${repository}:pull,push,delete`;
    const known = this.#tokens.get(scope);
    const authorized = known && known.until > Date.now() ? { authorization: known.authorization } : {};
    const first = await fetch(url, { method, headers: { ...headers, ...authorized }, ...body });
    if (first.status !== 401) return first;
    await first.arrayBuffer();
    const authorization = await this.#authorization(first.headers.get('www-authenticate') ?? '', scope);
    return fetch(url, { method, headers: { ...headers, authorization }, ...body });
  }

  async #pushBlob(repository: string, digest: string, body: Buffer): Promise<void> {
    const begun = await this.ask('POST', `/v2/${repository}/blobs/uploads/`, repository);
    assert.equal(begun.status, 202, `POST blobs/uploads/ of ${repository} answered ${begun.status}`);
    const location = new URL(begun.headers.get('location') ?? '', `http://${this.host}`);
    location.searchParams.set('digest', digest);
    const done = await this.ask('PUT', location.href, repository, { body });
    assert.equal(done.status, 201, `PUT of a blob of ${repository} answered ${done.status}`);
  }

  /** Pushes what an OCI image layout holds under `root`: for clients that sign images but push none. */
  async pushLayout(layout: string, root: DescriptorJson, repository: string, tag?: string): Promise<void> {
    const read = (digest: string): Buffer => readFileSync(`${layout}/blobs/sha256/${digest.slice('sha256:'.length)}`);
    const body = read(root.digest);
    const { config, layers = [], manifests = [] } = JSON.parse(body.toString()) as ManifestJson;
    for (const child of manifests) await this.pushLayout(layout, child, repository);
    for (const { digest } of [...(config ? [config] : []), ...layers]) {
      await this.#pushBlob(repository, digest, read(digest));
    }
    const headers = { 'content-type': root.mediaType };
    const path = `/v2/${repository}/manifests/${tag ?? root.digest}`;
    const answer = await this.ask('PUT', path, repository, { body, headers });
    assert.equal(answer.status, 201, `PUT manifests of ${repository} answered ${answer.status}`);
  }

  /**
   * The artifact as the management API shows it, with its accessories; undefined at somebody else's registry.
   * @param reference a tag or a digest
   */
  async findArtifact(repository: string, reference: string): Promise<ArtifactJson | undefined> {
    if (Object.keys(this.access.logins).length === 0) return undefined;
    const [project, ...name] = repository.split('/');
    const path = `/api/v2.0/projects/${project}/repositories/${encodeURIComponent(name.join('/'))}/artifacts`;
    const authorization = `Basic ${Buffer.from(this.credentials).toString('base64')}`;
    const get = async (at: string): Promise<unknown> => {
      const answer = await fetch(new URL(at, `http://${this.host}`), { headers: { authorization } });
      assert.equal(answer.status, 200, `GET ${at} answered ${answer.status}`);
      return answer.json();
    };
    const listed = (await get(`${path}?page_size=100`)) as readonly ArtifactJson[];
    const artifact = (await get(`${path}/${reference}?with_accessory=true`)) as ArtifactJson;
    const hidden = listed.every(
      ({ digest }) => !artifact.accessories?.some((accessory) => accessory.digest === digest),
    );
    assert.ok(hidden, `the accessories of ${repository} are in the list of artifacts`);
    return artifact;
  }

  /** @param types of accessories that it has, in any order, each once */
  async mustBeShown(repository: string, reference: string, type: string, ...types: readonly string[]): Promise<void> {
    const artifact = await this.findArtifact(repository, reference);
    if (artifact === undefined) return;
    const shown = [...new Set(artifact.accessories?.map((accessory) => accessory.type))];
    assert.deepEqual([artifact.type, ...shown.toSorted()], [type, ...types.toSorted()]);
  }

  async findManifest(repository: string, reference: string): Promise<StoredManifest | undefined> {
    const answer = await this.ask('GET', `/v2/${repository}/manifests/${reference}`, repository);
    const body = Buffer.from(await answer.arrayBuffer());
    if (answer.status === 404) return undefined;
    assert.equal(answer.status, 200, `GET manifests/${reference} of ${repository} answered ${answer.status}: ${body}`);
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    assert.equal(answer.headers.get('docker-content-digest'), digest, 'Docker-Content-Digest is not that of the body');
    const mediaType = answer.headers.get('content-type') ?? '';
    return { digest, mediaType, json: JSON.parse(body.toString()) as ManifestJson };
  }

  async getManifest(repository: string, reference: string): Promise<StoredManifest> {
    const manifest = await this.findManifest(repository, reference);
    assert.ok(manifest, `the registry has no manifest ${reference} in ${repository}`);
    return manifest;
  }

  /** Asserts that a blob is there whole. */
  async mustHaveBlob(repository: string, digest: string): Promise<void> {
    const answer = await this.ask('GET', `/v2/${repository}/blobs/${digest}`, repository);
    const body = Buffer.from(await answer.arrayBuffer());
    assert.equal(answer.status, 200, `GET blobs/${digest} of ${repository} answered ${answer.status}`);
    assert.equal(`sha256:${createHash('sha256').update(body).digest('hex')}`, digest, 'a blob came back changed');
  }

  /** Asserts that a reference names the manifest, and that every blob below it can be read. */
  async mustHaveImage(repository: string, reference: string, digest: string): Promise<void> {
    const manifest = await this.getManifest(repository, reference);
    assert.equal(manifest.digest, digest, `${repository}:${reference} is not what was pushed`);
    await this.mustHaveParts(repository, manifest);
  }

  /** Asserts that a reference names an image of this configuration, whatever the compression of its layers. */
  async mustHaveConfig(repository: string, reference: string, config: DescriptorJson): Promise<void> {
    const manifest = await this.getManifest(repository, reference);
    assert.equal(manifest.json.config?.digest, config.digest, `${repository}:${reference} is another image`);
    await this.mustHaveParts(repository, manifest);
  }

  /** Asserts that every blob and child manifest below a manifest can be read. */
  async mustHaveParts(repository: string, { json }: StoredManifest): Promise<void> {
    for (const child of json.manifests ?? []) {
      await this.mustHaveParts(repository, await this.getManifest(repository, child.digest));
    }
    const blobs = [...(json.config ? [json.config] : []), ...(json.layers ?? [])];
    for (const blob of blobs) await this.mustHaveBlob(repository, blob.digest);
  }

  async listTags(repository: string): Promise<readonly string[]> {
    const answer = await this.ask('GET', `/v2/${repository}/tags/list`, repository);
    assert.equal(answer.status, 200, `GET tags/list of ${repository} answered ${answer.status}`);
    return ((await answer.json()) as { tags: readonly string[] | null }).tags ?? [];
  }

  /** A repository with more tags than a page holds, made when it is first asked for. */
  provideManyTags(image: { readonly layout: string; readonly root: DescriptorJson }): Promise<ManyTags> {
    this.#manyTags ??= this.#pushManyTags(image.layout, image.root);
    return this.#manyTags;
  }

  async #pushManyTags(layout: string, root: DescriptorJson): Promise<ManyTags> {
    const repository = `${this.access.project}/many/tags`;
    const tags = Array.from({ length: manyTagsCount }, (_, at) => `t${String(at).padStart(4, '0')}`);
    await this.pushLayout(layout, root, repository);
    const body = readFileSync(`${layout}/blobs/sha256/${root.digest.slice('sha256:'.length)}`);
    const content = { body, headers: { 'content-type': root.mediaType } };
    const left = [...tags];
    const worker = async (): Promise<void> => {
      for (let tag = left.pop(); tag !== undefined; tag = left.pop()) {
        const answer = await this.ask('PUT', `/v2/${repository}/manifests/${tag}`, repository, content);
        assert.equal(answer.status, 201, `PUT manifests/${tag} of ${repository} answered ${answer.status}`);
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    return { repository, tags };
  }

  /** The referrers of a manifest: from the API, or from the fallback tag of a registry that has none. */
  async listReferrers(repository: string, digest: string): Promise<readonly DescriptorJson[]> {
    const answer = await this.ask('GET', `/v2/${repository}/referrers/${digest}`, repository);
    if (answer.status === 404) {
      const fallback = await this.findManifest(repository, digest.replace(':', '-'));
      return fallback?.json.manifests ?? [];
    }
    assert.equal(answer.status, 200, `GET referrers of ${repository} answered ${answer.status}`);
    return ((await answer.json()) as { manifests: readonly DescriptorJson[] }).manifests;
  }

  /** Asserts that exactly one referrer of a manifest has an artifact type; returns it. */
  async mustHaveReferrer(repository: string, digest: string, artifactType: string): Promise<DescriptorJson> {
    const referrers = await this.listReferrers(repository, digest);
    const matching = referrers.filter((referrer) => referrer.artifactType === artifactType);
    const seen = referrers.map((referrer) => referrer.artifactType).join(', ');
    assert.equal(matching.length, 1, `expected one referrer of type ${artifactType}, there are: ${seen || 'none'}`);
    return matching[0] as DescriptorJson;
  }
}
