/** The account that an instance begins with, and the way back in from the command line: it is never deleted or demoted. */
export const ADMINISTRATOR_NAME = 'admin';
