import Type from 'typebox';
import { Flag, mapOf, model, Text } from '../openapi/schemas.ts';
import { Scanner } from '../openapi/shared-models.ts';

export const ScannerRegistrationReq = model(
  'ScannerRegistrationReq',
  {
    name: Text,
    description: Text,
    url: Type.String({ format: 'uri' }),
    auth: Text,
    access_credential: Text,
    skip_certVerify: Type.Boolean({ default: false }),
    use_internal_addr: Type.Boolean({ default: false }),
    disabled: Type.Boolean({ default: false }),
  },
  ['name', 'url'],
);
export type ScannerRegistrationReq = Type.Static<typeof ScannerRegistrationReq>;

export const ScannerRegistrationSettings = model(
  'ScannerRegistrationSettings',
  { name: Text, url: Type.String({ format: 'uri' }), auth: Type.String({ default: '' }), access_credential: Text },
  ['name', 'url'],
);
export type ScannerRegistrationSettings = Type.Static<typeof ScannerRegistrationSettings>;

export const IsDefault = model('IsDefault', { is_default: Flag });
export type IsDefault = Type.Static<typeof IsDefault>;

export const ScannerCapability = model('ScannerCapability', {
  type: Text,
  consumes_mime_types: Type.Array(Text),
  produces_mime_types: Type.Array(Text),
});
export type ScannerCapability = Type.Static<typeof ScannerCapability>;

export const ScannerAdapterMetadata = model('ScannerAdapterMetadata', {
  scanner: Scanner,
  capabilities: Type.Array(ScannerCapability),
  properties: mapOf(Text),
});
export type ScannerAdapterMetadata = Type.Static<typeof ScannerAdapterMetadata>;
