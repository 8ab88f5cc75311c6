import type { Digest } from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { fromDigestBytes } from '../digest-bytes.ts';
import {
  type ConfigAttributes,
  isReadableConfig,
  MAX_CONFIG_BYTES,
  readConfigAttributes,
} from './config-attributes.ts';
import { rememberConfigs } from './remember-configs.ts';

export interface ArtifactConfigsDeps {
  readonly database: InstanceDatabase;
  /** A blob of the repository; undefined when it is not there, cannot be read, or has more bytes. */
  readonly readSmallBlob: (repository: string, digest: Digest, maxBytes: number) => Promise<Buffer | undefined>;
  /** Told of work that failed and that nobody waits for. */
  readonly onError: (error: unknown) => void;
}

interface Config {
  readonly manifestId: number;
  readonly repository: string;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** Of one page at once. */
const CONCURRENT_READS = 8;

/** What the configs of artifacts say: read from the blob storage when it is first asked for, and remembered. */
export class ArtifactConfigs {
  readonly #deps: ArtifactConfigsDeps;

  constructor(deps: ArtifactConfigsDeps) {
    this.#deps = deps;
  }

  /** By artifact; those whose config says nothing have none. */
  async read(artifactIds: readonly number[]): Promise<ReadonlyMap<number, ConfigAttributes>> {
    if (artifactIds.length === 0) return new Map();
    const known = await this.#deps.database.reader
      .selectFrom('manifest_configs')
      .select(['manifest_id', 'attributes'])
      .where('manifest_id', 'in', [...artifactIds])
      .execute();
    const found = new Map(known.map((row) => [row.manifest_id, JSON.parse(row.attributes) as ConfigAttributes]));
    const missing = artifactIds.filter((id) => !found.has(id));
    if (missing.length > 0) for (const [id, attributes] of await this.#readFirst(missing)) found.set(id, attributes);
    return found;
  }

  async #readFirst(artifactIds: readonly number[]): Promise<ReadonlyMap<number, ConfigAttributes>> {
    const open = (await this.#findConfigs(artifactIds)).values();
    const found = new Map<number, ConfigAttributes>();
    const work = async () => {
      for (const config of open) {
        const attributes = await this.#readOne(config);
        if (attributes !== undefined) found.set(config.manifestId, attributes);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_READS }, work));
    await this.#remember(found);
    return found;
  }

  /** @returns undefined when the storage does not have it now */
  async #readOne({ repository, mediaType, digest, sizeBytes }: Config): Promise<ConfigAttributes | undefined> {
    if (!isReadableConfig(mediaType, digest, sizeBytes)) return {};
    const bytes = await this.#deps.readSmallBlob(repository, digest, MAX_CONFIG_BYTES);
    return bytes === undefined ? undefined : readConfigAttributes(mediaType, bytes);
  }

  /** A list is answered whether they can be kept or not. */
  async #remember(found: ReadonlyMap<number, ConfigAttributes>): Promise<void> {
    if (found.size === 0) return;
    const configs = [...found].map(([manifestId, value]) => ({ manifestId, attributes: JSON.stringify(value) }));
    await this.#deps.database.execute(rememberConfigs, { configs }, 'crash').catch(this.#deps.onError);
  }

  async #findConfigs(artifactIds: readonly number[]): Promise<readonly Config[]> {
    const rows = await this.#deps.database.reader
      .selectFrom('manifest_descriptors as d')
      .innerJoin('manifests as m', 'm.id', 'd.manifest_id')
      .innerJoin('repositories as r', 'r.id', 'm.repository_id')
      .select(['d.manifest_id', 'r.name', 'd.media_type', 'd.digest', 'd.size'])
      .where('d.manifest_id', 'in', [...artifactIds])
      .where('d.role', '=', 'config')
      .execute();
    return rows.map((row) => ({
      manifestId: row.manifest_id,
      repository: row.name,
      mediaType: row.media_type,
      digest: fromDigestBytes(row.digest),
      sizeBytes: row.size,
    }));
  }
}
