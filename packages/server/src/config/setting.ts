import type { ReadText } from './setting-text.ts';

/** How the value may be written in the configuration file; in the environment it is always text. */
export type SettingKind = 'text' | 'path' | 'switch' | 'integer' | 'size' | 'duration' | 'list';

/** One setting: in the file by its name (`externalUrl`), in the environment as `ROADSTEAD_EXTERNAL_URL`. */
export interface Setting<Value = unknown, Default extends string | undefined = string | undefined> {
  readonly kind: SettingKind;
  /** Text, read like any other; undefined when there is no value unless somebody sets one. */
  readonly default: Default;
  /** What it does and in which form, in a sentence or two, for the documentation and the JSON Schema. */
  readonly meaning: string;
  /** Never shown; may also be given as a file's path by the name with `File` / `_FILE` at its end. */
  readonly isSecret: boolean;
  /** An empty text is a value here (it switches the thing off) and not the same as unset. */
  readonly isEmptyAllowed: boolean;
  /** @throws SettingTextError with the end of a sentence that begins with the setting's name */
  readonly read: ReadText<Value>;
}

interface Traits<Default> {
  readonly default?: Default;
  readonly isSecret?: boolean;
  readonly isEmptyAllowed?: boolean;
}

/** @param meaning a sentence or two, for the documentation and the JSON Schema */
export function setting<Value, const Default extends string | undefined = undefined>(
  kind: SettingKind,
  read: ReadText<Value>,
  meaning: string,
  traits: Traits<Default> = {},
): Setting<Value, Default> {
  const { isSecret = false, isEmptyAllowed = false } = traits;
  return { kind, read, meaning, default: traits.default as Default, isSecret, isEmptyAllowed };
}
