import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { createConfigSchema } from './config-schema.ts';
import { environmentName, SETTING_NAMES, SETTINGS } from './settings.ts';

describe('the schema of the configuration file', () => {
  it('is closed, knows every setting, and takes what the reader takes', () => {
    const schema = createConfigSchema();
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining([...SETTING_NAMES]));
    const document = {
      listen: '127.0.0.1:1',
      sparseIndexes: true,
      tokenTtl: '30m',
      trustedProxies: ['::1'],
      minBodyRate: 5,
    };
    expect(Value.Check(schema, document)).toBe(true);
    expect(Value.Check(schema, { adminPasswordFile: '/run/secrets/password' })).toBe(true);
    expect(Value.Check(schema, { masterKeyFileFile: '/x' })).toBe(false);
    expect(Value.Check(schema, { tokenTtl: '30 minutes' })).toBe(false);
  });

  it('has defaults that its own rules and readers accept', () => {
    const { properties } = createConfigSchema();
    for (const name of SETTING_NAMES) {
      const preset = SETTINGS[name].default;
      if (preset === undefined) continue;
      expect(() => SETTINGS[name].read(preset), name).not.toThrow();
      const property = properties[name];
      if (property === undefined || !('default' in property)) throw new Error(`${name} has no default in the schema`);
      expect(Value.Check(property, property.default), name).toBe(true);
    }
  });
});

describe('docs/configuration.md', () => {
  it('has a row for each setting, with its environment name, default and meaning', () => {
    const document = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/configuration.md'), 'utf8');
    const rows = document.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(SETTING_NAMES.map(rowOf));
  });
});

function rowOf(name: (typeof SETTING_NAMES)[number]): string {
  const { default: preset, isSecret, meaning } = SETTINGS[name];
  const secret = isSecret ? ' (also `_FILE`)' : '';
  const shown = preset === undefined || preset === '' ? '–' : `\`${preset}\``;
  return `| \`${environmentName(name)}\`${secret} | \`${name}\` | ${shown} | ${meaning} |`;
}
