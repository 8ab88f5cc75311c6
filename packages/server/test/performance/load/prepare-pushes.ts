import { createHash, randomBytes } from 'node:crypto';
import { HttpConnection } from './http-connection.ts';
import type { PreparedLoad, PushTask } from './load-task.ts';
import { Stopwatch } from './stopwatch.ts';
import { assertStatus, closeUpload, openUpload, type UploadRoute } from './upload-blob.ts';
import { writeHead } from './write-head.ts';

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

interface Content {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** Opens the connections and warms the server up. */
export async function preparePushes(task: PushTask): Promise<PreparedLoad> {
  const open = async ({ name, headers }: PushTask['repositories'][number]): Promise<UploadRoute> => {
    const connection = await HttpConnection.open(task.target);
    return { connection, target: task.target, repository: name, headers };
  };
  const routes = await Promise.all(task.repositories.map(open));
  if (task.warmUpSeconds > 0) await run(routes, task, task.warmUpSeconds);
  return {
    run: () => run(routes, task, task.seconds),
    close: () => {
      for (const { connection } of routes) connection.close();
    },
  };
}

async function run(routes: readonly UploadRoute[], task: PushTask, seconds: number): ReturnType<PreparedLoad['run']> {
  const watch = new Stopwatch();
  let bytes = 0;
  const last = new Map<UploadRoute, Content>();
  const repeat = async (route: UploadRoute): Promise<void> => {
    while (!watch.hasRunFor(seconds)) {
      const pushed = await watch.time(() => pushImage(route, task.layerBytes));
      bytes += pushed.imageBytes;
      last.set(route, pushed.manifest);
    }
  };
  await Promise.all(routes.map(repeat));
  const uploaded = routes
    .flatMap((route) => last.get(route) ?? [])
    .map((manifest) => ({ digest: manifest.digest, bytes: manifest.bytes.length }));
  return { ...watch.sumUp(), bytes, uploaded };
}

interface PushedImage {
  readonly manifest: Content;
  readonly imageBytes: number;
}

/** Pushes one image under a tag of its own. */
async function pushImage(route: UploadRoute, layerBytes: number): Promise<PushedImage> {
  const id = randomBytes(12).toString('hex');
  const layer = contentOf(randomBytes(layerBytes));
  const rootfs = { type: 'layers', diff_ids: [layer.digest] };
  const config = contentOf(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', id, rootfs })));
  await pushBlob(route, config);
  await pushBlob(route, layer);
  const manifest = contentOf(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        config: describe('application/vnd.oci.image.config.v1+json', config),
        layers: [describe('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
      }),
    ),
  );
  const { connection, target, repository, headers } = route;
  const head = writeHead(target, 'PUT', `/v2/${repository}/manifests/t${id}`, {
    ...headers,
    'Content-Type': MANIFEST_TYPE,
    'Content-Length': String(manifest.bytes.length),
  });
  assertStatus(await connection.askWithBody(head, [manifest.bytes]), 201, 'PUT of a manifest');
  return { manifest, imageBytes: config.bytes.length + layer.bytes.length + manifest.bytes.length };
}

async function pushBlob(route: UploadRoute, { digest, bytes }: Content): Promise<void> {
  const { connection, target, repository, headers } = route;
  const head = await connection.ask(writeHead(target, 'HEAD', `/v2/${repository}/blobs/${digest}`, headers), true);
  assertStatus(head, 404, 'HEAD of a new blob');
  const location = await openUpload(route);
  await closeUpload(route, { location, digest, sizeBytes: bytes.length, pieces: [bytes] });
}

function contentOf(bytes: Buffer): Content {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

function describe(mediaType: string, { digest, bytes }: Content): object {
  return { mediaType, digest, size: bytes.length };
}
