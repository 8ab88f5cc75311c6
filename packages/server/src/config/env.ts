import { environmentName, SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts';

/** What the environment says about Roadstead, by the names of the settings. */
export interface Env {
  readonly values: Readonly<Partial<Record<SettingName, string>>>;
  /** Paths of files that hold a secret (`ROADSTEAD_…_FILE`). */
  readonly secretFiles: Readonly<Partial<Record<SettingName, string>>>;
  /** `ROADSTEAD_CONFIG`: where the configuration file is. */
  readonly configFile: string | undefined;
  /** Names that begin with `ROADSTEAD_` and mean nothing here. */
  readonly unknown: readonly string[];
}

const CONFIG_FILE = 'ROADSTEAD_CONFIG';

/** Names that belong to the command line and to the test tiers, not to the server. */
const OTHERS =
  /^ROADSTEAD_(DEBUG|SERVER|USERNAME|PASSWORD|CLI_.*|TEST_.*|CLIENTS_.*|CONFORMANCE_.*|FAULTS_.*|BENCH_.*)$/;

/** What Kubernetes puts into each container when a service's name begins with `roadstead`. */
const KUBERNETES = /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/;

/**
 * The only reader of the process's environment. An empty text is the same as unset, unless it means something there.
 * @param source `process.env`, or what a test puts in its place
 */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env): Env {
  const names = new Map(SETTING_NAMES.map((name) => [environmentName(name), name]));
  const values: Partial<Record<SettingName, string>> = {};
  const secretFiles: Partial<Record<SettingName, string>> = {};
  const unknown: string[] = [];
  for (const [variable, text] of Object.entries(source)) {
    if (!variable.startsWith('ROADSTEAD_') || text === undefined || variable === CONFIG_FILE) continue;
    const name = names.get(variable);
    const secret = names.get(variable.replace(/_FILE$/, ''));
    if (name !== undefined) {
      if (text !== '' || SETTINGS[name].isEmptyAllowed) values[name] = text;
    } else if (secret !== undefined && SETTINGS[secret].isSecret) {
      if (text !== '') secretFiles[secret] = text;
    } else if (!OTHERS.test(variable) && !KUBERNETES.test(variable)) {
      unknown.push(variable);
    }
  }
  return { values, secretFiles, configFile: source[CONFIG_FILE] || undefined, unknown };
}
