/** The demo's accounts; their passwords are public, and the demo shows them on its login page. */
export const demoUsers = [
  { username: 'jim', password: 'jim-demo', titleTypes: [1], isAdmin: false, sees: 'movies' },
  {
    username: 'test2',
    password: 'test2-demo',
    titleTypes: [1, 5],
    isAdmin: false,
    sees: 'movies and TV movies',
  },
  {
    username: 'vlad',
    password: 'vlad-demo',
    titleTypes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    isAdmin: false,
    sees: 'every type of title',
  },
  {
    username: 'admin',
    password: 'admin-demo',
    titleTypes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    isAdmin: true,
    sees: 'every type of title, and manages',
  },
] as const;
