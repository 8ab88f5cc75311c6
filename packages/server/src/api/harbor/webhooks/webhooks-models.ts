import Type from 'typebox';
import { DateTime, Flag, Int64, Integer, model, named, Text } from '../openapi/schemas.ts';

export const EventType = named('EventType', Text);
export type EventType = Type.Static<typeof EventType>;

export const NotifyType = named('NotifyType', Text);
export type NotifyType = Type.Static<typeof NotifyType>;

export const PayloadFormatType = named('PayloadFormatType', Text);
export type PayloadFormatType = Type.Static<typeof PayloadFormatType>;

export const PayloadFormat = model('PayloadFormat', {
  notify_type: NotifyType,
  formats: Type.Array(PayloadFormatType),
});
export type PayloadFormat = Type.Static<typeof PayloadFormat>;

export const SupportedWebhookEventTypes = model('SupportedWebhookEventTypes', {
  event_type: Type.Array(EventType),
  notify_type: Type.Array(NotifyType),
  payload_formats: Type.Array(PayloadFormat),
});
export type SupportedWebhookEventTypes = Type.Static<typeof SupportedWebhookEventTypes>;

export const WebhookTargetObject = model('WebhookTargetObject', {
  type: Text,
  address: Text,
  auth_header: Text,
  skip_cert_verify: Flag,
  payload_format: PayloadFormatType,
});
export type WebhookTargetObject = Type.Static<typeof WebhookTargetObject>;

export const WebhookPolicy = model('WebhookPolicy', {
  id: Int64,
  name: Text,
  description: Text,
  project_id: Integer,
  targets: Type.Array(WebhookTargetObject),
  event_types: Type.Array(Text),
  creator: Text,
  creation_time: DateTime,
  update_time: DateTime,
  enabled: Flag,
});
export type WebhookPolicy = Type.Static<typeof WebhookPolicy>;

export const WebhookLastTrigger = model('WebhookLastTrigger', {
  policy_name: Text,
  event_type: Text,
  enabled: Flag,
  creation_time: DateTime,
  last_trigger_time: DateTime,
});
export type WebhookLastTrigger = Type.Static<typeof WebhookLastTrigger>;

export const WebhookJob = model('WebhookJob', {
  id: Int64,
  policy_id: Int64,
  event_type: Text,
  notify_type: Text,
  status: Text,
  job_detail: Text,
  creation_time: DateTime,
  update_time: DateTime,
});
export type WebhookJob = Type.Static<typeof WebhookJob>;
