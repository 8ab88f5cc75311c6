/** Where entries go. The secret of a target stands beside it, sealed. */
export type ForwardingTarget =
  | {
      readonly kind: 'syslog';
      readonly host: string;
      readonly port: number;
      readonly tls: boolean;
      /** PEM: what the receiver's certificate is checked against, in place of the public authorities. */
      readonly certificateAuthority?: string;
    }
  | { readonly kind: 'https'; readonly url: string };

/** The target in words without a secret: a path may be one. */
export function describeTarget(target: ForwardingTarget): string {
  if (target.kind === 'https') return new URL(target.url).origin;
  return `${target.tls ? 'syslog+tls' : 'syslog+tcp'}://${target.host}:${target.port}`;
}

/** What a secret is bound to: it does not go to another receiver than the one that it was given for. */
export function originOfTarget(target: ForwardingTarget): string {
  return target.kind === 'https' ? new URL(target.url).origin : '';
}
