import type { FastifyInstance } from 'fastify';
import type { Hub } from '../hub-context';

/** Titles, people, casting and users. */
export function adminRoutes(_app: FastifyInstance, _hub: Hub): void {}
