/** Where the sealed secret of the receiver lies (`table|row|column`). */
export const SECRET_PLACE = 'audit_forwarding|main|secret';
