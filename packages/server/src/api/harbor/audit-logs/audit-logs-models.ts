import type Type from 'typebox';
import { model, Text } from '../openapi/schemas.ts';

export const AuditLogEventType = model('AuditLogEventType', { event_type: Text });
export type AuditLogEventType = Type.Static<typeof AuditLogEventType>;
