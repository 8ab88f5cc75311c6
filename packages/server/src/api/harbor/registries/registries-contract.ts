import Type from 'typebox';
import { created, ok, operation, pageOf } from '../openapi/operation.ts';
import { FILTER, PAGE, PAGE_SIZE, SORT } from '../openapi/parameters.ts';
import { Int64, mapOf, optional, Text } from '../openapi/schemas.ts';
import { Registry } from '../openapi/shared-models.ts';
import { RegistryInfo, RegistryPing, RegistryProviderInfo, RegistryUpdate } from './registries-models.ts';

export const listRegistryProviderTypes = operation({
  id: 'listRegistryProviderTypes',
  tag: 'registry',
  method: 'GET',
  path: '/replication/adapters',
  summary: 'Lists the kinds of registries that content can be copied to and from.',
  access: 'S replication-adapter:list',
  success: ok(Type.Array(Text)),
  errors: [401, 403, 500],
});

export const listRegistryProviderInfos = operation({
  id: 'listRegistryProviderInfos',
  tag: 'registry',
  method: 'GET',
  path: '/replication/adapterinfos',
  summary: 'Says of those kinds what is known of their addresses and credentials beforehand.',
  access: 'S replication-adapter:list',
  success: ok(mapOf(RegistryProviderInfo)),
  errors: [401, 403, 500],
});

export const createRegistry = operation({
  id: 'createRegistry',
  tag: 'registry',
  method: 'POST',
  path: '/registries',
  summary: 'Adds a registry elsewhere, after it has answered and taken the credentials.',
  access: 'S registry:create',
  body: Registry,
  success: created(),
  errors: [400, 401, 403, 409, 500],
});

export const listRegistries = operation({
  id: 'listRegistries',
  tag: 'registry',
  method: 'GET',
  path: '/registries',
  summary: 'Lists the registries elsewhere.',
  access: 'S registry:list',
  query: { q: FILTER, sort: SORT, page: PAGE, page_size: PAGE_SIZE, name: optional(Text) },
  success: pageOf(Registry),
  errors: [401, 403, 500],
});

export const pingRegistry = operation({
  id: 'pingRegistry',
  tag: 'registry',
  method: 'POST',
  path: '/registries/ping',
  summary: 'Tries the address and the credentials of a registry, or of one that there is with some changes.',
  access: 'S registry:read',
  body: RegistryPing,
  success: ok(),
  errors: [400, 401, 403, 404, 500],
});

export const getRegistry = operation({
  id: 'getRegistry',
  tag: 'registry',
  method: 'GET',
  path: '/registries/{id}',
  summary: 'Shows a registry elsewhere, without its secret.',
  access: 'S registry:read',
  params: { id: Int64 },
  success: ok(Registry),
  errors: [401, 403, 404, 500],
});

export const deleteRegistry = operation({
  id: 'deleteRegistry',
  tag: 'registry',
  method: 'DELETE',
  path: '/registries/{id}',
  summary: 'Deletes a registry elsewhere that no replication policy and no proxy cache uses.',
  access: 'S registry:delete',
  params: { id: Int64 },
  success: ok(),
  errors: [401, 403, 404, 412, 500],
});

export const updateRegistry = operation({
  id: 'updateRegistry',
  tag: 'registry',
  method: 'PUT',
  path: '/registries/{id}',
  summary: 'Changes a registry elsewhere; what is absent stays.',
  access: 'S registry:update',
  params: { id: Int64 },
  body: RegistryUpdate,
  success: ok(),
  errors: [400, 401, 403, 404, 409, 500],
});

export const getRegistryInfo = operation({
  id: 'getRegistryInfo',
  tag: 'registry',
  method: 'GET',
  path: '/registries/{id}/info',
  summary: 'Says by what content can be chosen and when it can be copied with a registry; 0 is this one.',
  access: 'S registry:read',
  params: { id: Int64 },
  success: ok(RegistryInfo),
  errors: [401, 403, 404, 500],
});
