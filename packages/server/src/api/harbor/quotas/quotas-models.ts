import type Type from 'typebox';
import { AnyObject, DateTime, Integer, model, named } from '../openapi/schemas.ts';
import { ResourceList } from '../openapi/shared-models.ts';

export const QuotaUpdateReq = model('QuotaUpdateReq', { hard: ResourceList });
export type QuotaUpdateReq = Type.Static<typeof QuotaUpdateReq>;

export const QuotaRefObject = named('QuotaRefObject', AnyObject);
export type QuotaRefObject = Type.Static<typeof QuotaRefObject>;

export const Quota = model('Quota', {
  id: Integer,
  ref: QuotaRefObject,
  hard: ResourceList,
  used: ResourceList,
  creation_time: DateTime,
  update_time: DateTime,
});
export type Quota = Type.Static<typeof Quota>;
