import type Type from 'typebox';
import { model, oneOf } from '../openapi/schemas.ts';

export const ScanType = model('ScanType', { scan_type: oneOf('vulnerability', 'sbom') });
export type ScanType = Type.Static<typeof ScanType>;
