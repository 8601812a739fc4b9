import type { FastifyInstance } from 'fastify';
import type { Hub } from '../hub-context';

/** Login and logout, and the way in. */
export function loginRoutes(_app: FastifyInstance, _hub: Hub): void {}
