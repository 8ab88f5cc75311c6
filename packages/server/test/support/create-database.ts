import pg from 'pg';

/**
 * Creates the database `name` (lower-case letters, digits, underscores) on the server of `serverUrl`.
 * @returns the `postgres://` URL of the new database, with the credentials of `serverUrl`
 * @throws Error for another kind of name, or the server's error, such as for a name that exists
 */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await execute(serverUrl, `CREATE DATABASE ${quoteName(name)}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Removes the database with the roles of its schemas, and ends whoever is still connected to it. */
export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await execute(serverUrl, `DROP DATABASE IF EXISTS ${quoteName(name)} WITH (FORCE)`);
  await execute(
    serverUrl,
    `DO $$ DECLARE role name; BEGIN
       FOR role IN SELECT rolname FROM pg_roles
         WHERE shobj_description(oid, 'pg_authid') LIKE 'Roadstead: schema % of the database ${name}'
       LOOP EXECUTE format('DROP ROLE %I', role); END LOOP; END $$`,
  );
}

function quoteName(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) throw new Error(`not a name for a test database: ${name}`);
  return `"${name}"`;
}

async function execute(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
