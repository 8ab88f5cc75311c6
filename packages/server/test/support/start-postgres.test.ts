import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { createDatabase, dropDatabase } from './create-database.ts';
import { findPostgres } from './find-postgres.ts';

const serverUrl = inject('postgresUrl');

describe('a PostgreSQL for tests', () => {
  it('is not found where no folder holds its programs', () => {
    const installed = findPostgres('');
    if (installed !== undefined) expect(installed.binDir).toMatch(/^\/usr\/lib\/postgresql\/\d+\/bin$/);
  });

  it('refuses a database name that would have to be escaped', async () => {
    await expect(createDatabase('postgres://127.0.0.1:1/postgres', 'a"; --')).rejects.toThrow('not a name');
  });

  if (serverUrl !== undefined) {
    it('creates databases that can be used, and drops them', async () => {
      const url = await createDatabase(serverUrl, 'support_probe');
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const answer = await client.query<{ name: string; jit: string }>(
        "SELECT current_database() AS name, current_setting('jit') AS jit",
      );
      await client.end();
      expect(answer.rows[0]).toMatchObject({ name: 'support_probe' });
      await dropDatabase(serverUrl, 'support_probe');
    });
  }

  if (findPostgres() !== undefined) {
    it('leaves neither a process nor a folder when the process that started it is killed', async () => {
      const script = `
        const { startPostgres } = await import(${JSON.stringify(path.join(import.meta.dirname, 'start-postgres.ts'))});
        const postgres = await startPostgres();
        const { default: pg } = await import('pg');
        const client = new pg.Client({ connectionString: postgres.url });
        await client.connect();
        const { rows } = await client.query("SELECT current_setting('data_directory') AS folder, current_setting('port') AS port");
        console.log(JSON.stringify(rows[0]));
        setInterval(() => {}, 1000);`;
      const env = { ...process.env };
      delete env['ROADSTEAD_TEST_POSTGRES_URL'];
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        cwd: import.meta.dirname,
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const line = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
      const { folder } = JSON.parse(line) as { folder: string };
      expect(existsSync(folder)).toBe(true);
      child.kill('SIGKILL');
      await expect.poll(() => existsSync(path.dirname(folder)), { timeout: 15_000 }).toBe(false);
    }, 60_000);
  }
});
