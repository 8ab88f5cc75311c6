/** Where a load goes to. */
export interface LoadTarget {
  readonly host: string;
  readonly port: number;
}

export interface LoadRequest {
  readonly method: 'GET' | 'HEAD';
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What every answer must be; any other ends the run. */
  readonly expected: { readonly status: number; readonly bodyBytes: number };
}

/** The same requests again and again, one in flight on each keep-alive connection. */
export interface RequestTask {
  readonly kind: 'requests';
  readonly target: LoadTarget;
  readonly connections: number;
  /** The n-th connection repeats the n-th of them, and starts again at the first when there are fewer. */
  readonly requests: readonly LoadRequest[];
  /** Each connection sends all of them in turn instead, from a place of its own on. */
  readonly takesTurns?: boolean;
  readonly warmUpSeconds: number;
  readonly until: { readonly seconds: number } | { readonly requestsPerConnection: number };
}

/** How a blob is sent: POST and one PUT, or POST, one streamed PATCH and PUT as container engines do it. */
export type UploadManner = 'put' | 'patch';

/** Blobs of which no byte string was sent before. */
export interface UploadTask {
  readonly kind: 'uploads';
  readonly target: LoadTarget;
  readonly repository: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly manner: UploadManner;
  readonly clients: number;
  readonly blobsPerClient: number;
  /** A multiple of 1 MiB. */
  readonly blobBytes: number;
  /** Sent by each client before the clock runs; a multiple of 1 MiB, or 0. */
  readonly warmUpBytes: number;
}

/** Images of a small configuration and a small layer, each pushed as a client would, nothing of it known before. */
export interface PushTask {
  readonly kind: 'pushes';
  readonly target: LoadTarget;
  /** One for each client. */
  readonly repositories: readonly { readonly name: string; readonly headers: Readonly<Record<string, string>> }[];
  readonly layerBytes: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export type LoadTask = RequestTask | UploadTask | PushTask;

export interface LoadResult {
  /** Requests answered, blobs uploaded or images pushed. */
  readonly count: number;
  /** Body bytes received, or sent by uploads. */
  readonly bytes: number;
  readonly seconds: number;
  /** Of each request, upload or push. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time that the load itself took. */
  readonly cpuSeconds: number;
  /** Blobs that an upload task has left (its own first, then those of the warm-up), or each client's last manifest. */
  readonly uploaded: readonly { readonly digest: string; readonly bytes: number }[];
}

/** A prepared load; `run` may be called once. */
export interface PreparedLoad {
  run(): Promise<Omit<LoadResult, 'cpuSeconds'>>;
  close(): void;
}
