import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { findNumber, listOf, recordOf } from '../json-shape.ts';
import type { RegistryConnection } from '../registry/registry-connection.ts';
import { callForRecord } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';

/** The id of an account; undefined when there is none of that name. */
export async function findId(connection: RegistryConnection, name: string): Promise<number | undefined> {
  const path = `/users?username=${encodeURIComponent(name)}`;
  const { items } = await callForRecord(connection, { method: 'GET', path, action: `find ${name}` });
  return findNumber(recordOf(listOf(items)[0]), 'id');
}

/** @throws CliError when there is no such account */
export async function getId(connection: RegistryConnection, name: string): Promise<number> {
  const id = await findId(connection, name);
  if (id !== undefined) return id;
  throw new CliError(EXIT_CODE.notFound, `there is no account ${name} on ${connection.server.host}`, {
    remedy: 'roadstead user list',
  });
}

export interface Done {
  readonly name: string;
  readonly id: number;
  readonly text: string;
}

export function done(session: Session, connection: RegistryConnection, { name, id, text }: Done): void {
  session.printer.result({
    json: { server: connection.server.host, id, username: name },
    text: () => text,
    quiet: () => name,
  });
}
