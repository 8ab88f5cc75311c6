import 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Also for a user who has to choose a password before anything else. */
    readonly isOpenBeforePasswordChange?: boolean;
    /** Also for a user who has to enrol a second factor before anything else. */
    readonly isOpenBeforeEnrolment?: boolean;
    /** Proves where a request comes from by itself: there need be no session, whose token a page could show. */
    readonly isSignIn?: boolean;
    /** Also while the instance is in read-only mode, as sign-ins are. */
    readonly isOpenInReadOnlyMode?: boolean;
  }
}

/** The configuration of routes by which people sign in and out. */
export const SIGN_IN = { isOpenBeforePasswordChange: true, isOpenBeforeEnrolment: true, isSignIn: true } as const;

/** The configuration of routes that somebody needs who has to choose a password first. */
export const OPEN_BEFORE_PASSWORD_CHANGE = { isOpenBeforePasswordChange: true, isOpenBeforeEnrolment: true } as const;

/** The configuration of routes that somebody needs who has to enrol a second factor first. */
export const OPEN_BEFORE_ENROLMENT = { isOpenBeforeEnrolment: true } as const;

/** The configuration of routes that change something and are open in read-only mode nevertheless. */
export const OPEN_IN_READ_ONLY_MODE = { isOpenInReadOnlyMode: true } as const;
