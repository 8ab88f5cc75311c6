/** Bodies are a field or two. */
export const MAX_BODY_BYTES = 16 * 1024;
