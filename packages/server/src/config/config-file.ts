import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigurationError } from '../kernel/errors.ts';
import type { Env } from './env.ts';
import { findNearestName } from './nearest-name.ts';
import { isSettingName, SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts';

/** A configuration file that was read: texts by the names of the settings, as the environment would give them. */
export interface ConfigFile {
  /** Absolute; relative paths in the file start at its folder. */
  readonly path: string;
  readonly values: Readonly<Partial<Record<SettingName, string>>>;
  readonly secretFiles: Readonly<Partial<Record<SettingName, string>>>;
  readonly problems: readonly string[];
}

export interface ConfigFileLookup {
  readonly env: Env;
  /** `--config` */
  readonly path?: string | undefined;
  readonly workingDir?: string;
}

const FILE_NAME = 'roadstead.yaml';
const SECRET_FILE_NAMES = new Map(
  SETTING_NAMES.filter((name) => SETTINGS[name].isSecret).map((name) => [`${name}File`, name]),
);

/**
 * Reads the configuration file that `--config` or `ROADSTEAD_CONFIG` names, else `roadstead.yaml` in the current folder or
 * in the data folder. What is wrong with single settings is among the result's problems.
 * @returns undefined when none was named and none is there
 * @throws ConfigurationError when the named file cannot be read, or a file is not YAML
 */
export async function readConfigFile(lookup: ConfigFileLookup): Promise<ConfigFile | undefined> {
  const { env, workingDir = process.cwd() } = lookup;
  const named = lookup.path ?? env.configFile;
  const candidates =
    named === undefined ? [FILE_NAME, path.join(env.values.data ?? SETTINGS.data.default, FILE_NAME)] : [named];
  for (const candidate of candidates) {
    const file = path.resolve(workingDir, candidate);
    const text = readText(file, lookup.path === undefined ? 'ROADSTEAD_CONFIG' : '--config', named !== undefined);
    if (text !== undefined) return { path: file, ...collectSettings(await parseYaml(file, text), file) };
  }
  return undefined;
}

function readText(file: string, origin: string, mustExist: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    if (!mustExist && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
    const subject = mustExist ? `${origin} names ${file}` : `the configuration file ${file} is there`;
    throw new ConfigurationError(`${subject}, but it cannot be read (${code}): it must be a readable YAML file`, {
      cause,
    });
  }
}

/**
 * The parser is loaded only when there is a file to parse. Its own sentences quote the file, and so the secrets in it: only where
 * something is wrong may be told. What it would only warn of (a tag such as `!x`) is a secret without quotes around it as well.
 */
async function parseYaml(file: string, text: string): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, logLevel: 'silent' });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw notYaml(file, lineCounter.linePos(problem.pos[0]));
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw notYaml(file);
  }
}

function notYaml(file: string, at?: { readonly line: number; readonly col: number }): ConfigurationError {
  const place = at === undefined ? 'an alias (*) is none here' : `it is not at line ${at.line}, column ${at.col}`;
  return new ConfigurationError(
    `the configuration file ${file} must be YAML: ${place}; put texts with special characters into quotes`,
  );
}

function collectSettings(document: unknown, file: string): Omit<ConfigFile, 'path'> {
  const values: Partial<Record<SettingName, string>> = {};
  const secretFiles: Partial<Record<SettingName, string>> = {};
  const problems: string[] = [];
  const entries = document === null || document === undefined ? [] : entriesOf(document);
  if (entries === undefined) problems.push(`${file} must be a list of settings such as "listen: 127.0.0.1:8080"`);
  for (const [key, value] of entries ?? []) {
    if (value === null) continue;
    const secret = SECRET_FILE_NAMES.get(key);
    const name = isSettingName(key) ? key : secret;
    if (name === undefined) {
      problems.push(describeUnknownKey(key, file));
      continue;
    }
    const text = secret === undefined ? textOf(value, SETTINGS[name].kind === 'list') : textOf(value, false);
    const target = secret === undefined ? values : secretFiles;
    if (text === undefined) problems.push(`${key} in ${file} must be ${wantedForm(name)}`);
    else if (text !== '' || (secret === undefined && SETTINGS[name].isEmptyAllowed)) target[name] = text;
  }
  return { values, secretFiles, problems };
}

function entriesOf(document: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined;
  return Object.entries(document);
}

/** The value as the environment would spell it, or undefined when it has the wrong form. */
function textOf(value: unknown, isList: boolean): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!isList || !Array.isArray(value)) return undefined;
  const entries = value.map((entry: unknown) => textOf(entry, false));
  return entries.some((entry) => entry === undefined || entry.includes(',')) ? undefined : entries.join(',');
}

function wantedForm(name: SettingName): string {
  return SETTINGS[name].kind === 'list' ? 'a list of texts' : 'a single value';
}

function describeUnknownKey(key: string, file: string): string {
  // `adminPassword:…` without a blank is a name as a whole.
  if (!/^\w+$/.test(key)) return `${file} has a name that is not one of a setting: put a blank behind each colon`;
  const nearest = findNearestName(key, [...SETTING_NAMES, ...SECRET_FILE_NAMES.keys()]);
  const advice = nearest === undefined ? 'see docs/configuration.md' : `did you mean ${nearest}?`;
  return `${key} in ${file} is not a setting of Roadstead: ${advice}`;
}
