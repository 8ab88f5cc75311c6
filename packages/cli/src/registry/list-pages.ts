import { parseNextLink } from '@roadstead/oci';
import { findJson, recordOf, stringsOf } from '../json-shape.ts';
import type { RegistryConnection } from './registry-connection.ts';
import { describeReference, type Repository } from './repository.ts';
import { createResponseError } from './response-error.ts';

const PAGE_SIZE = 1000;

/** Every page of a listing, one answer at a time, following `Link: …; rel="next"`. */
export async function* listPages(
  connection: RegistryConnection,
  firstTarget: string,
  scopes: readonly string[],
  action: string,
): AsyncGenerator<Response> {
  const seen = new Set<string>();
  for (let target: URL | undefined = connection.resolve(firstTarget); target && !seen.has(target.href); ) {
    seen.add(target.href);
    const response = await connection.send({ method: 'GET', target, scopes });
    if (response.status !== 200) throw await createResponseError(response, action);
    const next = parseNextLink(response.headers.get('link'));
    const base: URL = target;
    target = next === undefined ? undefined : connection.resolve(new URL(next, base));
    yield response;
  }
}

/** The tags of a repository, as the registry sorts them. @param asOf those that there were then */
export async function* listTags(repository: Repository, asOf?: Date): AsyncGenerator<readonly string[]> {
  const then = asOf === undefined ? '' : `&as-of=${encodeURIComponent(asOf.toISOString())}`;
  const target = `/v2/${repository.name}/tags/list?n=${PAGE_SIZE}${then}`;
  const action = `list the tags of ${describeReference(repository)}`;
  for await (const response of listPages(repository.connection, target, repository.scopes, action)) {
    yield stringsOf(recordOf(findJson(await response.text()))['tags']);
  }
}

/** The names of all repositories that this user may see. */
export async function* listRepositories(connection: RegistryConnection): AsyncGenerator<readonly string[]> {
  const target = `/v2/_catalog?n=${PAGE_SIZE}`;
  const action = `list the repositories of ${connection.server.host}`;
  for await (const response of listPages(connection, target, ['registry:catalog:*'], action)) {
    yield stringsOf(recordOf(findJson(await response.text()))['repositories']);
  }
}

/** A whole listing in one array. */
export async function collect<Item>(pages: AsyncIterable<readonly Item[]>): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}
