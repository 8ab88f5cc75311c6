/** A request as the proxy sees it. */
export interface ProxiedRequest {
  readonly kind: 'read' | 'put' | 'replace' | 'create' | 'delete';
  /** The same for all requests of a connection: the client sent the next one only when it had the answer to the one before. */
  readonly connection: object;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface ProxiedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Asks the registry. @param headers instead of those of the request */
export type Forward = (headers?: Readonly<Record<string, string>>) => Promise<ProxiedAnswer>;

/** One way of not being linearizable, on one tag. */
export interface Defect {
  /** @returns what the client gets instead of the registry's answer */
  answer(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer>;
  /** Whether clients have seen what no linearizable tag can show, by the order of requests on single connections alone. */
  readonly isShown: boolean;
  /** What it was done with: a contradiction that speaks of none of these has another cause. */
  readonly digests: ReadonlySet<string>;
}

/** The digest at which a read found the tag. */
export function digestOfRead({ status, headers }: ProxiedAnswer): string | undefined {
  return status === 200 || status === 304 ? headers['docker-content-digest'] : undefined;
}

/** The digest that a replacement expects. */
export function expectedBy({ headers }: ProxiedRequest): string {
  return (headers['if-match'] ?? '').replaceAll('"', '');
}
