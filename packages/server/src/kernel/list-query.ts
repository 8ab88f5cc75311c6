/** A condition on one column of a list. */
export type ListFilter = { readonly column: string } & (
  | { readonly kind: 'any'; readonly values: readonly (string | number)[] }
  /** Capitals or not. */
  | { readonly kind: 'contains'; readonly text: string }
  /** Both ends count; one that is undefined is open. */
  | { readonly kind: 'range'; readonly min: string | number | undefined; readonly max: string | number | undefined }
);

export interface ListOrder {
  readonly column: string;
  readonly descending: boolean;
}

/** A page of a list, with conditions and an order on the columns that the list lets its readers name. */
export interface ListQuery {
  readonly filters: readonly ListFilter[];
  /** Empty: the list's own order. */
  readonly order: readonly ListOrder[];
  /** From 1 on. */
  readonly page: number;
  readonly pageSize: number;
}
