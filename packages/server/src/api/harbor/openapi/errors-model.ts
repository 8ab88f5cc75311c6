import Type from 'typebox';
import { model, Text } from './schemas.ts';

/** The envelope of every error. */
export const Errors = model('Errors', { errors: Type.Array(model('Error', { code: Text, message: Text })) });
