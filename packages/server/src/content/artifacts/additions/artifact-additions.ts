import { type Descriptor, type Digest, OciError, type ParsedManifest, parseManifest } from '@roadstead/oci';
import type { InstanceDatabase } from '../../../db/instance/instance-database.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { Artifact } from '../artifact.ts';
import { selectAccessories } from '../artifact-extras.ts';
import { listAdditions } from '../list-additions.ts';
import type { Addition, AdditionContent, AdditionSource } from './addition.ts';
import { readAddition } from './read-addition.ts';

export interface ArtifactAdditionsDeps {
  readonly database: InstanceDatabase;
  readonly readSmallBlob: (repository: string, digest: Digest, maxBytes: number) => Promise<Buffer | undefined>;
  readonly openBlob: (
    repository: string,
    digest: Digest,
    maxBytes: number,
  ) => Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** What there is to read of artifacts beside their manifests. */
export class ArtifactAdditions {
  readonly #deps: ArtifactAdditionsDeps;

  constructor(deps: ArtifactAdditionsDeps) {
    this.#deps = deps;
  }

  /** @throws ProductError BAD_REQUEST when artifacts of its type have none of it; NOT_FOUND when this one has not */
  async read(artifact: Artifact, addition: Addition): Promise<AdditionContent> {
    if (addition !== 'sbom' && !listAdditions(artifact).includes(addition)) {
      throw new ProductError('BAD_REQUEST', `addition ${addition} isn't supported for ${artifact.type}`);
    }
    const { name } = artifact.repository;
    const { readSmallBlob, openBlob } = this.#deps;
    const source: AdditionSource = {
      readSmallBlob: (digest, maxBytes) => readSmallBlob(name, digest, maxBytes),
      openBlob: (digest, maxBytes) => openBlob(name, digest, maxBytes),
    };
    const manifest = await this.#readManifest(artifact.id);
    const sbom = addition === 'sbom' ? await this.#findSbom(artifact, manifest) : undefined;
    return readAddition({ addition, manifest, source, sbom });
  }

  async #findSbom({ id, type, accessoryType }: Artifact, manifest: ParsedManifest): Promise<Descriptor | undefined> {
    if (type === 'SBOM' || accessoryType?.startsWith('sbom.')) return manifest.layers[0];
    const newest = await selectAccessories(this.#deps.database.reader, [id])
      .where('a.accessory_type', 'like', 'sbom.%')
      .orderBy('m.id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return newest === undefined ? undefined : (await this.#readManifest(newest.id)).layers[0];
  }

  async #readManifest(id: number): Promise<ParsedManifest> {
    const row = await this.#deps.database.reader
      .selectFrom('manifests')
      .select(['bytes', 'media_type'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (row === undefined) throw new ProductError('NOT_FOUND', 'the artifact has just been deleted');
    try {
      return parseManifest(row.bytes, row.media_type);
    } catch (cause) {
      if (!(cause instanceof OciError)) throw cause;
      throw new ProductError('NOT_FOUND', 'the manifest of this artifact cannot be read', { cause });
    }
  }
}
