import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { CollectionSettings } from '../collection/collection-settings.ts';
import type { RepositoryRef } from '../repository-ref.ts';
import { deleteRepository } from './delete-repository.ts';
import { describeRepository } from './describe-repository.ts';
import {
  findRepositoryDetails,
  pageRepositories,
  type RepositoryDetails,
  type RepositoryPageQuery,
} from './repository-pages.ts';

export interface RepositoriesDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly collection: () => CollectionSettings;
}

/** How many manifests one transaction removes: more would keep other writes waiting. */
const REMOVED_AT_ONCE = 200;

/** Repositories as the management API has them: those that hold something. */
export class Repositories {
  readonly #deps: RepositoriesDeps;

  constructor(deps: RepositoriesDeps) {
    this.#deps = deps;
  }

  page(query: RepositoryPageQuery): Promise<{ readonly items: readonly RepositoryDetails[]; readonly total: number }> {
    return pageRepositories(this.#deps.database.reader, query);
  }

  find(repository: RepositoryRef): Promise<RepositoryDetails | undefined> {
    return findRepositoryDetails(this.#deps.database.reader, repository);
  }

  /** @returns whether there is such a repository */
  describe(repository: RepositoryRef, description: string, actor: Actor): Promise<boolean> {
    const { database, clock } = this.#deps;
    return database.execute(describeRepository, { repository, description, actor, now: clock.now() });
  }

  /** All that it holds, into the trash. What is pushed meanwhile goes too. @throws as `deleteRepository` */
  async delete(repository: RepositoryRef, actor: Actor): Promise<void> {
    const { database, clock, collection } = this.#deps;
    for (let isMore = true; isMore; ) {
      const now = clock.now();
      const { trashWindowMs, reviewDelayMs } = collection();
      const times = { trashWindowMs, reviewAfter: now + reviewDelayMs };
      isMore = await database.execute(deleteRepository, { repository, limit: REMOVED_AT_ONCE, actor, now, ...times });
    }
  }
}
