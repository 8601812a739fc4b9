import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { cleanUp, newFolder, startCli } from './support/run-cli';

afterAll(cleanUp);

/** Without fetch(), which unpacks what it gets. */
async function fetchRaw(url: string, encoding: string): Promise<{ answer: IncomingMessage; bytes: Buffer }> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': encoding } }, resolve).on('error', reject);
  });
  return { answer, bytes: await buffer(answer) };
}

it('sends the scripts and styles of a page compressed, in less than 40 KB, to be kept for a year', async () => {
  const base = await startCli('movie-hub-demo', ['--port', '0', '--data-dir', newFolder()]).ready;
  const page = await (await fetch(`${base}/login`)).text();
  const assets = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css)[^"]*)"/g)].map(
    ([, path]) => path,
  );
  expect(assets.length).toBeGreaterThan(5);
  for (const [encoding, unpack] of [
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ] as const) {
    let total = 0;
    for (const path of assets) {
      const { answer, bytes } = await fetchRaw(`${base}${path}`, encoding);
      expect(answer.headers, path).toMatchObject({
        'content-encoding': encoding,
        'cache-control': 'public, max-age=31536000, immutable',
        'content-type': expect.stringMatching(/javascript|css/),
      });
      const plain = await fetchRaw(`${base}${path}`, 'identity');
      expect(plain.answer.headers['content-encoding']).toBeUndefined();
      expect(unpack(bytes).equals(plain.bytes), path).toBe(true);
      total += bytes.length;
    }
    expect(total, encoding).toBeLessThan(40 * 1024);
  }
});
