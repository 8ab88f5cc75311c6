import { OciError } from '@roadstead/oci';
import { movedTo } from '../../content/names/name-redirects.ts';
import type { Exchange } from '../../http/exchange.ts';
import { authorize, isAllowed } from './authorize.ts';
import { deleteBlob } from './delete-blob.ts';
import { deleteBlobUpload } from './delete-blob-upload.ts';
import { deleteManifest } from './delete-manifest.ts';
import type { DistributionInstance, DistributionSettings } from './distribution-instance.ts';
import { findMovedRepository, type MovedRepository } from './find-moved-repository.ts';
import { getBlob } from './get-blob.ts';
import { getBlobUpload } from './get-blob-upload.ts';
import { getCatalog } from './get-catalog.ts';
import { getManifest } from './get-manifest.ts';
import { getPing } from './get-ping.ts';
import { listReferrers } from './list-referrers.ts';
import { listTags } from './list-tags.ts';
import type { Operation } from './operation.ts';
import { patchBlobUpload } from './patch-blob-upload.ts';
import { postBlobUpload } from './post-blob-upload.ts';
import { putBlobUpload } from './put-blob-upload.ts';
import { putManifest } from './put-manifest.ts';
import { parseRoute, type Route } from './route.ts';

type RepositoryRoute = Exclude<Route, { readonly kind: 'ping' | 'catalog' }>;

/** Every operation on a repository, by the kind of its path and its method. */
const OPERATIONS: Readonly<Record<RepositoryRoute['kind'], Readonly<Record<string, Operation>>>> = {
  manifest: { GET: getManifest, HEAD: getManifest, PUT: putManifest, DELETE: deleteManifest },
  blob: { GET: getBlob, HEAD: getBlob, DELETE: deleteBlob },
  uploads: { POST: postBlobUpload },
  upload: { GET: getBlobUpload, PATCH: patchBlobUpload, PUT: putBlobUpload, DELETE: deleteBlobUpload },
  tags: { GET: listTags, HEAD: listTags },
  referrers: { GET: listReferrers, HEAD: listReferrers },
};

const READS: readonly string[] = ['GET', 'HEAD'];

/**
 * Answers one request of the OCI Distribution API (specification v1.1.1 and main).
 * @throws OciError and whatever went wrong: the caller renders it.
 */
export async function answerDistribution(
  exchange: Exchange,
  instance: DistributionInstance,
  settings: DistributionSettings,
): Promise<void> {
  const { response } = exchange;
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  if (settings.warning !== undefined) response.setHeader('Warning', `299 - "${settings.warning}"`);
  const route = parseRoute(exchange.path);
  if (route === undefined) throw new OciError('NAME_UNKNOWN', 'This is no path of the registry API.', { status: 404 });
  if (route.kind === 'ping' || route.kind === 'catalog') {
    if (!READS.includes(exchange.method)) throw methodNotAllowed(exchange, READS);
    exchange.operation = route.kind === 'ping' ? 'get_ping' : 'get_catalog';
    if (route.kind === 'ping') getPing(exchange);
    else await getCatalog(exchange, instance);
    return;
  }
  try {
    await answerRepository(exchange, instance, settings, route);
  } catch (error) {
    const moved = await findMovedRepository(exchange, instance, route, error);
    if (moved === undefined) throw error;
    exchange.response.removeHeader('WWW-Authenticate');
    await answerMoved(exchange, instance, settings, { route, ...moved });
  }
}

/** Pulls find what was moved by the name of before; pushes are told the one of now. */
async function answerMoved(
  exchange: Exchange,
  instance: DistributionInstance,
  settings: DistributionSettings,
  { route, name, project }: { readonly route: RepositoryRoute } & MovedRepository,
): Promise<void> {
  const operation = OPERATIONS[route.kind][exchange.method];
  if (operation?.action !== 'pull') throw movedTo(route.repository, name);
  const repository = { projectId: project.id, name };
  if (isTransfer(exchange, operation)) settings.beginTransfer();
  const mayPush = async () => false;
  await operation.answer({ exchange, instance, settings, project, repository, mayPush, argument: route.argument });
}

async function answerRepository(
  exchange: Exchange,
  instance: DistributionInstance,
  settings: DistributionSettings,
  route: RepositoryRoute,
): Promise<void> {
  const operations = OPERATIONS[route.kind];
  const operation = Object.hasOwn(operations, exchange.method) ? operations[exchange.method] : undefined;
  if (operation === undefined) throw methodNotAllowed(exchange, Object.keys(operations));
  exchange.operation = operation.name;
  const { action } = operation;
  const asked = { exchange, instance, settings, repository: route.repository };
  const { repository, project } = await authorize({ ...asked, action });
  if (isTransfer(exchange, operation)) settings.beginTransfer();
  const mayPush = () => isAllowed({ ...asked, action: 'push' }, project);
  await operation.answer({ ...asked, project, repository, mayPush, argument: route.argument });
}

/** An upload is closed without bytes most times: that must not fail for lack of room. */
function isTransfer(exchange: Exchange, { blobBytes }: Operation): boolean {
  if (blobBytes === 'out') return exchange.method === 'GET';
  return blobBytes === 'in' && exchange.hasUnreadBody();
}

function methodNotAllowed(exchange: Exchange, allowed: readonly string[]): OciError {
  exchange.response.setHeader('Allow', allowed.join(', '));
  return new OciError('UNSUPPORTED', `The method ${exchange.method} is not an operation on this path.`);
}
