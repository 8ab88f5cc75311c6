import path from 'node:path';
import type { ConfigFile } from './config-file.ts';
import type { Env } from './env.ts';
import { findNearestName } from './nearest-name.ts';
import { readSecretFile } from './secrets.ts';
import { SettingTextError } from './setting-text.ts';
import { environmentName, SETTING_NAMES, SETTINGS, type SettingName, type SettingValues } from './settings.ts';

/** One setting as it is in effect, for `config check`. A secret's text is replaced. */
export interface EffectiveSetting {
  readonly name: SettingName;
  /** Undefined when it has no value. */
  readonly text: string | undefined;
  /** `default`, `environment`, or the path of the configuration file. */
  readonly source: string;
}

interface Sources {
  readonly env: Env;
  readonly file: ConfigFile | undefined;
  readonly workingDir: string;
}

/** A text and how a sentence about it begins. */
interface Origin {
  readonly text: string;
  readonly subject: string;
  readonly source: string;
}

interface Resolution {
  /** Undefined when there are problems. */
  readonly values: SettingValues | undefined;
  readonly settings: readonly EffectiveSetting[];
  readonly problems: readonly string[];
}

const REDACTED = '********';

/** Picks the text of each setting (environment, file, default), reads it, and collects what is wrong. */
export function resolveSettings(sources: Sources): Resolution {
  const problems: string[] = [...sources.env.unknown.map(describeUnknownVariable), ...(sources.file?.problems ?? [])];
  const settings: EffectiveSetting[] = [];
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of SETTING_NAMES) {
    const origin = findOrigin(name, sources, problems);
    if (origin === undefined) {
      settings.push({ name, text: undefined, source: 'default' });
      continue;
    }
    const text = SETTINGS[name].isSecret ? REDACTED : origin.text;
    settings.push({ name, text, source: origin.source });
    const value = readValue(name, origin, problems);
    if (value !== undefined) values[name] = value;
  }
  problems.push(...findContradictions(values));
  // Every setting was read by its own reader, so the record has the types that the table says.
  return { values: problems.length === 0 ? (values as SettingValues) : undefined, settings, problems };
}

function findOrigin(name: SettingName, sources: Sources, problems: string[]): Origin | undefined {
  const { env, file, workingDir } = sources;
  const variable = environmentName(name);
  const inFile = file === undefined ? '' : ` in ${file.path}`;
  const fileDir = file === undefined ? workingDir : path.dirname(file.path);
  const layers = [
    { given: env, subject: variable, secretSubject: `${variable}_FILE`, source: 'environment', folder: workingDir },
    {
      given: file,
      subject: `${name}${inFile}`,
      secretSubject: `${name}File${inFile}`,
      source: file?.path,
      folder: fileDir,
    },
  ];
  for (const { given, subject, secretSubject, source = '', folder } of layers) {
    const text = given?.values[name];
    const secretFile = given?.secretFiles[name];
    if (text !== undefined && secretFile !== undefined) {
      problems.push(`${subject} and ${secretSubject} are both set: leave one of them out`);
    }
    if (text !== undefined) return { text: inFolder(name, text, folder), subject, source };
    if (secretFile !== undefined) {
      const secret = readSecretFile(path.resolve(folder, secretFile));
      if (typeof secret === 'string') return { text: secret, subject: secretSubject, source };
      problems.push(`${secretSubject} ${secret.problem}`);
      return undefined;
    }
  }
  const preset = SETTINGS[name].default;
  return preset === undefined
    ? undefined
    : { text: inFolder(name, preset, workingDir), subject: variable, source: 'default' };
}

function inFolder(name: SettingName, text: string, folder: string): string {
  return SETTINGS[name].kind === 'path' ? path.resolve(folder, text) : text;
}

function readValue(name: SettingName, origin: Origin, problems: string[]): unknown {
  try {
    return SETTINGS[name].read(SETTINGS[name].isSecret ? origin.text : origin.text.trim());
  } catch (error) {
    if (!(error instanceof SettingTextError)) throw error;
    problems.push(`${origin.subject} ${error.message}`);
    return undefined;
  }
}

/** Settings that are right each for itself and wrong together. */
function findContradictions(values: Partial<Record<SettingName, unknown>>): readonly string[] {
  const problems: string[] = [];
  if ((values.tlsCert === undefined) !== (values.tlsKey === undefined)) {
    const [present, missing] = values.tlsCert === undefined ? ['KEY', 'CERT'] : ['CERT', 'KEY'];
    problems.push(
      `ROADSTEAD_TLS_${present} is set without ROADSTEAD_TLS_${missing}: TLS needs both, plain HTTP neither`,
    );
  }
  if (values.instanceDomain !== undefined && values.instancePorts !== undefined) {
    problems.push('ROADSTEAD_INSTANCE_DOMAIN and ROADSTEAD_INSTANCE_PORTS are both set: leave one of them out');
  }
  if (values.role !== undefined && values.role !== 'all' && values.databaseUrl === undefined) {
    problems.push(
      `ROADSTEAD_ROLE is ${values.role} without ROADSTEAD_DATABASE_URL: nodes share a PostgreSQL, and on SQLite there is one that does all`,
    );
  }
  if (values.databaseReplicaUrl !== undefined && values.databaseUrl === undefined) {
    problems.push('ROADSTEAD_DATABASE_REPLICA_URL is set without ROADSTEAD_DATABASE_URL: name the primary there');
  }
  const proxies = values.trustedProxies;
  if (values.accelRedirect !== undefined && Array.isArray(proxies) && proxies.length === 0) {
    problems.push(
      'ROADSTEAD_ACCEL_REDIRECT is set without ROADSTEAD_TRUSTED_PROXIES: name the address of that nginx there',
    );
  }
  if (values.blobs !== undefined && (values.accelRedirect !== undefined || values.sendfile === true)) {
    const name = values.sendfile === true ? 'ROADSTEAD_SENDFILE' : 'ROADSTEAD_ACCEL_REDIRECT';
    problems.push(`${name} is for blobs in files, and ROADSTEAD_BLOBS puts them into a bucket: leave one of them out`);
  }
  return problems;
}

function describeUnknownVariable(variable: string): string {
  const names = SETTING_NAMES.map(environmentName);
  const secrets = SETTING_NAMES.filter((name) => SETTINGS[name].isSecret).map(
    (name) => `${environmentName(name)}_FILE`,
  );
  const nearest = findNearestName(variable, [...names, ...secrets, 'ROADSTEAD_CONFIG']);
  const advice = nearest === undefined ? 'see docs/configuration.md' : `did you mean ${nearest}?`;
  return `${variable} is not a setting of Roadstead: ${advice}`;
}
