import { FreshBlob } from './fresh-blob.ts';
import { HttpConnection } from './http-connection.ts';
import type { LoadResult, PreparedLoad, UploadTask } from './load-task.ts';
import { Stopwatch } from './stopwatch.ts';
import { type UploadRoute, uploadBlob } from './upload-blob.ts';

interface Client {
  readonly route: UploadRoute;
  readonly blobs: readonly FreshBlob[];
}

/** Makes the blobs with their digests, opens the connections, and warms the server up, so that only sending is timed. */
export async function prepareUploads(task: UploadTask): Promise<PreparedLoad> {
  // First, since it takes seconds, and a server closes connections on which nothing happens.
  const blobs = Array.from({ length: task.clients }, () =>
    Array.from({ length: task.blobsPerClient }, () => new FreshBlob(task.blobBytes)),
  );
  const clients = await Promise.all(blobs.map(async (own) => ({ route: await openRoute(task), blobs: own })));
  const warmUps = await Promise.all(clients.map(({ route }) => warmUp(route, task)));
  return {
    run: async () => {
      const result = await run(clients, task);
      return { ...result, uploaded: [...result.uploaded, ...warmUps.flat()] };
    },
    close: () => {
      for (const { route } of clients) route.connection.close();
    },
  };
}

async function openRoute({ target, repository, headers }: UploadTask): Promise<UploadRoute> {
  return { connection: await HttpConnection.open(target), target, repository, headers };
}

async function warmUp(route: UploadRoute, { manner, warmUpBytes }: UploadTask): Promise<LoadResult['uploaded']> {
  if (warmUpBytes === 0) return [];
  const blob = new FreshBlob(warmUpBytes);
  await uploadBlob(route, blob, warmUpBytes, manner);
  return [{ digest: blob.digest, bytes: warmUpBytes }];
}

async function run(clients: readonly Client[], task: UploadTask): ReturnType<PreparedLoad['run']> {
  const { blobBytes, manner } = task;
  const watch = new Stopwatch();
  const send = async ({ route, blobs }: Client): Promise<void> => {
    for (const blob of blobs) await watch.time(() => uploadBlob(route, blob, blobBytes, manner));
  };
  await Promise.all(clients.map(send));
  const times = watch.sumUp();
  const uploaded = clients.flatMap(({ blobs }) => blobs.map(({ digest }) => ({ digest, bytes: blobBytes })));
  return { ...times, bytes: times.count * blobBytes, uploaded };
}
