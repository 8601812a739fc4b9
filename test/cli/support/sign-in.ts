/** Signs in through the form, as a browser would, and returns the page that comes then. */
export async function signIn(address: string, username: string, password: string): Promise<string> {
  const form = await fetch(`${address}/login`);
  const token = /name="_csrf"[^>]*value="([^"]+)"/.exec(await form.text())?.[1] ?? '';
  const answer = await fetch(`${address}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookieOf(form) },
    body: new URLSearchParams({ username, password, _csrf: token }),
  });
  const page = await fetch(`${address}/movies`, { headers: { cookie: cookieOf(answer) } });
  if (answer.status !== 303 || page.status !== 200)
    throw new Error(`Sign-in gave ${answer.status}, ${page.status}`);
  return page.text();
}

function cookieOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}
