import type { FastifyInstance } from 'fastify';
import type { Hub } from '../hub-context';

/** The list, the search, one title, and the list as a file. */
export function movieRoutes(_app: FastifyInstance, _hub: Hub): void {}
