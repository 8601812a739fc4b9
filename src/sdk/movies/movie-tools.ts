import type { QueryTool } from '../tools/define-query-tool';
import { getActorRoles } from './get-actor-roles';
import { getMovieCharacters } from './get-movie-characters';

/** The tools that `createMovieMcpServer` serves, for a server of your own or `explainQueryTool`. */
export const movieTools: readonly QueryTool[] = Object.freeze([getMovieCharacters, getActorRoles]);
