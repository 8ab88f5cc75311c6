import { type TObject, type TSchema, type TSchemaOptions, Type } from 'typebox';
import type { SettingKind } from './setting.ts';
import { environmentName, SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts';

/** What a reader of the schema sees of a setting. */
type Annotations = Pick<TSchemaOptions, 'description' | 'default'>;

const FORMS: Readonly<Record<SettingKind, (options: Annotations) => TSchema>> = {
  text: (options) => Type.Union([Type.String(), Type.Integer()], options),
  path: (options) => Type.String(options),
  switch: (options) => Type.Boolean(options),
  integer: (options) => Type.Integer({ minimum: 0, ...options }),
  size: (options) =>
    Type.Union(
      [Type.Integer({ minimum: 0 }), Type.String({ pattern: '^[0-9]{1,12} *(B|kB|MB|GB|KiB|MiB|GiB)?$' })],
      options,
    ),
  duration: (options) => Type.String({ pattern: '^[0-9]{1,9} *(ms|s|m|h|d)$', ...options }),
  list: (options) => Type.Array(Type.String(), options),
};

/** The JSON Schema of `roadstead.yaml`, for editors and for `roadstead config schema`. */
export function createConfigSchema(): TObject {
  const properties: Record<string, TSchema> = {};
  for (const name of SETTING_NAMES) {
    properties[name] = Type.Optional(FORMS[SETTINGS[name].kind](annotationsOf(name)));
    if (!SETTINGS[name].isSecret) continue;
    const description = `File that holds ${name}. Environment: ${environmentName(name)}_FILE.`;
    properties[`${name}File`] = Type.Optional(Type.String({ description }));
  }
  return Type.Object(properties, {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of Roadstead',
    additionalProperties: false,
  });
}

function annotationsOf(name: SettingName): Annotations {
  const { kind, default: preset, meaning } = SETTINGS[name];
  const description = `${meaning} Environment: ${environmentName(name)}.`;
  return preset === undefined ? { description } : { description, default: presetValue(kind, preset) };
}

function presetValue(kind: SettingKind, preset: string): unknown {
  if (kind === 'switch') return preset === 'true';
  if (kind === 'integer') return Number(preset);
  if (kind === 'list') return preset === '' ? [] : preset.split(',');
  return preset;
}
