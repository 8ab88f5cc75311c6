/** The name or literal, and the port if there is one: `registry.example.com:8443`, `[::1]:8080`. */
const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9_](?:[a-z0-9_.-]{0,252}))(?::(\d{1,5}))?$/;

/**
 * Brings a host to the form in which it is kept and compared: lower-case, without the dot that ends an absolute name.
 * @param text a Host header or what an operator wrote
 * @returns undefined when it is not a host
 */
export function normalizeHost(text: string): string | undefined {
  const match = HOST.exec(text.toLowerCase());
  const name = match?.[1]?.replace(/\.$/, '');
  const port = match?.[2];
  if (name === undefined || name === '' || Number(port ?? '1') > 65_535) return undefined;
  return port === undefined ? name : `${name}:${Number(port)}`;
}

/** The host without its port. */
export function hostWithoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

const DEFAULT_PORT = { http: /:80$/, https: /:443$/ } as const;

/** The host without the port that its scheme implies, as it stands in an origin. */
export function hostWithoutDefaultPort(host: string, scheme: 'http' | 'https'): string {
  return host.replace(DEFAULT_PORT[scheme], '');
}
