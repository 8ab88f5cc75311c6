import type { Reference } from '@roadstead/oci';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { type CollectionSettings, linkTimes } from '../collection/collection-settings.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import type { Addition, AdditionContent } from './additions/addition.ts';
import { ArtifactAdditions, type ArtifactAdditionsDeps } from './additions/artifact-additions.ts';
import type { Artifact, ArtifactAccessory, ArtifactTag } from './artifact.ts';
import { ArtifactConfigs, type ArtifactConfigsDeps } from './artifact-configs.ts';
import { readAccessories, readTags } from './artifact-extras.ts';
import type { ArtifactFilter } from './artifact-filter.ts';
import { addArtifactTag, removeArtifactTag } from './artifact-tag-commands.ts';
import type { ConfigAttributes } from './config-attributes.ts';
import { type CopyArtifactInput, copyArtifact } from './copy-artifact.ts';
import { deleteArtifact } from './delete-artifact.ts';
import { describeArtifacts } from './describe-artifacts.ts';
import { noSuchArtifact } from './find-artifact.ts';
import { type ArtifactListing, countArtifacts, listArtifactIds, readArtifacts } from './list-artifacts.ts';
import {
  type AccessoryPage,
  type CountedPage,
  pageAccessories,
  pageTags,
  type TagPage,
} from './page-artifact-parts.ts';
import { type PromoteArtifactInput, type Promotion, promoteArtifact } from './promote-artifact.ts';

export interface ArtifactsDeps extends ArtifactConfigsDeps, ArtifactAdditionsDeps {
  readonly clock: Clock;
  readonly collection: () => CollectionSettings;
}

/** Which repository holds an artifact. */
export interface ArtifactRepository extends RepositoryRef {
  readonly id: number;
}

/** How many artifacts one transaction describes, and one request waits for. */
const DESCRIBE_BATCH = 200;
const DESCRIBE_FOR_REQUEST = 2_000;

/** Artifacts as the management API has them: manifests with what they are, their tags and their accessories. */
export class Artifacts {
  readonly #deps: ArtifactsDeps;
  readonly #configs: ArtifactConfigs;
  readonly #additions: ArtifactAdditions;

  constructor(deps: ArtifactsDeps) {
    this.#deps = deps;
    this.#configs = new ArtifactConfigs(deps);
    this.#additions = new ArtifactAdditions(deps);
  }

  /** The repository, if a push has made it. */
  async findRepository(repository: RepositoryRef): Promise<ArtifactRepository | undefined> {
    const row = await this.#deps.database.reader
      .selectFrom('repositories')
      .select('id')
      .where('name', '=', repository.name)
      .where('project_id', '=', repository.projectId)
      .executeTakeFirst();
    return row === undefined ? undefined : { ...repository, id: row.id };
  }

  async list(listing: ArtifactListing): Promise<readonly Artifact[]> {
    await this.#describeSome();
    const { reader } = this.#deps.database;
    return readArtifacts(reader, await listArtifactIds(reader, listing));
  }

  async count(filter: ArtifactFilter): Promise<number> {
    await this.#describeSome();
    return countArtifacts(this.#deps.database.reader, filter);
  }

  /** Of the registry as a whole, without accessories and parts of indexes. */
  async countEverywhere(): Promise<number> {
    await this.#describeSome();
    const listed = this.#deps.database.reader.selectFrom('artifacts').where('is_listed', '=', 1);
    const { total } = await listed.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
    return Number(total);
  }

  /** @throws ProductError NOT_FOUND */
  async get(repository: RepositoryRef, reference: Reference): Promise<Artifact> {
    await this.#describeSome();
    const id = await this.#findId(repository, reference);
    const [artifact] = id === undefined ? [] : await readArtifacts(this.#deps.database.reader, [id]);
    return artifact ?? noSuchArtifact(repository, reference);
  }

  tagsOf(artifacts: readonly Artifact[]): Promise<ReadonlyMap<number, readonly ArtifactTag[]>> {
    return readTags(this.#deps.database.reader, idsOf(artifacts));
  }

  accessoriesOf(artifacts: readonly Artifact[]): Promise<ReadonlyMap<number, readonly ArtifactAccessory[]>> {
    return readAccessories(this.#deps.database.reader, idsOf(artifacts));
  }

  /** What their configs say. */
  attributesOf(artifacts: readonly Artifact[]): Promise<ReadonlyMap<number, ConfigAttributes>> {
    return this.#configs.read(idsOf(artifacts));
  }

  /** @throws as `ArtifactAdditions.read` */
  readAddition(artifact: Artifact, addition: Addition): Promise<AdditionContent> {
    return this.#additions.read(artifact, addition);
  }

  pageTags(page: TagPage): Promise<CountedPage<ArtifactTag>> {
    return pageTags(this.#deps.database.reader, page);
  }

  pageAccessories(page: AccessoryPage): Promise<CountedPage<ArtifactAccessory>> {
    return pageAccessories(this.#deps.database.reader, page);
  }

  /** With its tags, its accessories and the parts that nothing else needs. @throws as `deleteArtifact` */
  async delete(repository: RepositoryRef, reference: Reference, actor: Actor): Promise<void> {
    const { database, clock, collection } = this.#deps;
    const now = clock.now();
    const { trashWindowMs, reviewDelayMs } = collection();
    const times = { trashWindowMs, reviewAfter: now + reviewDelayMs };
    await this.#describeSome();
    await database.execute(deleteArtifact, { repository, reference, ...times, now, actor });
  }

  /** @returns the digest. @throws as `copyArtifact` */
  async copy(input: Pick<CopyArtifactInput, 'source' | 'reference' | 'repository' | 'actor'>): Promise<string> {
    const { database, clock, collection } = this.#deps;
    const now = clock.now();
    await this.#describeSome();
    const copied = await database.execute(copyArtifact, { ...input, ...linkTimes(collection(), now), now });
    return copied.digest;
  }

  /** @throws as `promoteArtifact` */
  async promote(input: Omit<PromoteArtifactInput, 'now' | 'reviewAfter' | 'heldUntil'>): Promise<Promotion> {
    const { database, clock, collection } = this.#deps;
    const now = clock.now();
    await this.#describeSome();
    return database.execute(promoteArtifact, { ...input, ...linkTimes(collection(), now), now });
  }

  /** @throws as `addArtifactTag` */
  addTag(repository: RepositoryRef, reference: Reference, tag: string, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    return database.execute(addArtifactTag, { repository, reference, tag, now: clock.now(), actor });
  }

  /** @throws as `removeArtifactTag` */
  removeTag(repository: RepositoryRef, reference: Reference, tag: string, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    return database.execute(removeArtifactTag, { repository, reference, tag, now: clock.now(), actor });
  }

  /** Describes what no command of this version has stored. @returns how many, at most `limit` */
  async describe(limit: number): Promise<number> {
    for (let described = 0; ; ) {
      const batch = Math.min(DESCRIBE_BATCH, limit - described);
      const count = batch <= 0 ? 0 : await this.#deps.database.execute(describeArtifacts, { limit: batch });
      described += count;
      if (count < DESCRIBE_BATCH) return described;
    }
  }

  async #findId({ name, projectId }: RepositoryRef, reference: Reference): Promise<number | undefined> {
    const { reader } = this.#deps.database;
    const repository = reader
      .selectFrom('repositories')
      .select('id')
      .where('name', '=', name)
      .where('project_id', '=', projectId);
    const row =
      reference.kind === 'tag'
        ? await reader
            .selectFrom('tags')
            .select('manifest_id as id')
            .where('repository_id', '=', repository)
            .where('name', '=', reference.tag)
            .executeTakeFirst()
        : await reader
            .selectFrom('manifests')
            .select('id')
            .where('repository_id', '=', repository)
            .where('digest', '=', toDigestBytes(reference.digest))
            .executeTakeFirst();
    return row?.id;
  }

  /** The usual case is one look into an empty index. */
  async #describeSome(): Promise<void> {
    const open = await this.#deps.database.reader
      .selectFrom('artifacts')
      .select('manifest_id')
      .where('type', 'is', null)
      .limit(1)
      .executeTakeFirst();
    if (open !== undefined) await this.describe(DESCRIBE_FOR_REQUEST);
  }
}

function idsOf(artifacts: readonly Artifact[]): readonly number[] {
  return artifacts.map(({ id }) => id);
}
