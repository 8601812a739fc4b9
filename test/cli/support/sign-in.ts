import { Visitor } from '../../support/visitor';

/** Signs in through the form and returns the page that it leads to. Fails when it does not let the user in. */
export async function signIn(address: string, username: string, password: string): Promise<string> {
  const visitor = new Visitor(address);
  await visitor.get('/login');
  const page = await visitor.post('/login', { username, password });
  if (!page.includes('action="/logout"')) throw new Error('The page after the login is not that of a user.');
  return page;
}
