import { type Command, Option } from 'commander';

/** The flags that every command over HTTP takes, before or after its name. */
export interface GlobalOptions {
  readonly server?: string;
  readonly username?: string;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly plainHttp?: boolean;
  readonly caCert?: string;
  readonly insecure?: boolean;
  readonly trustRealm?: readonly string[];
}

export function addGlobalOptions(program: Command): void {
  const collect = (value: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), value];
  program
    .addOption(new Option('--server <URL>', 'the server of references that name none: host:port or https://host:port'))
    .addOption(new Option('--username <NAME>', 'use this account instead of the saved login'))
    .addOption(new Option('--password-stdin', 'read the password of --username from standard input'))
    .addOption(new Option('--json', 'print one JSON document, and errors as JSON too'))
    .addOption(new Option('--quiet', 'print nothing but the result'))
    .addOption(new Option('--plain-http', 'allow http without TLS to another machine'))
    .addOption(new Option('--ca-cert <FILE>', 'also trust the certificate authorities in this PEM file'))
    .addOption(new Option('--insecure', 'do not verify TLS certificates'))
    .addOption(
      new Option('--trust-realm <HOST>', 'may see the password: a token service on another host').argParser(collect),
    );
}
