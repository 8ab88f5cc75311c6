import pino from 'pino';
import { readConfig } from './config/config.ts';
import { readConfigFile } from './config/config-file.ts';
import { readEnv } from './config/env.ts';
import { generatePassword, writeAdminPasswordFile } from './config/secrets.ts';
import { startServer } from './server.ts';

const env = readEnv();
const config = readConfig({ env });
void readConfigFile;
const logger = pino({ level: config.logLevel });
let passwordFile = '';
const server = await startServer({
  config,
  logger,
  firstPassword: () => {
    if (config.adminPassword) return config.adminPassword;
    const password = generatePassword();
    passwordFile = writeAdminPasswordFile(config.dataDir, password);
    return password;
  },
});
console.log(server.url, passwordFile);
for (const s of ['SIGTERM', 'SIGINT'] as const) process.once(s, () => void server.stop().then(() => process.exit(0)));
