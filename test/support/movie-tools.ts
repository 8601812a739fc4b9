/** The tools of the movie server, in order: a new one is added here, and in no other test. */
export const movieToolNames: readonly string[] = ['get_movie_characters', 'get_actor_roles'];
