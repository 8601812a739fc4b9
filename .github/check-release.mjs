// Fails unless every place that names the version agrees with the tag, and the changelog has a date for it.
//
//   node .github/check-release.mjs v0.1.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const version = (argv[2] ?? '').replace(/^v/, '');
const demo = JSON.parse(read('examples/movie-hub-demo/package.json'));

assert.match(version, /^\d+\.\d+\.\d+(-[a-z]+\.\d+)?$/, 'Name the tag, such as v0.1.0.');
assert.equal(JSON.parse(read('package.json')).version, version, 'package.json has another version.');
assert.equal(demo.version, version, 'examples/movie-hub-demo/package.json has another version.');
assert.equal(demo.dependencies['movie-hub'], version, 'movie-hub-demo depends on another movie-hub.');
assert.ok(
  new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d{2}-\\d{2}$`, 'm').test(
    read('CHANGELOG.md'),
  ),
  `CHANGELOG.md has no line "## [${version}] - YYYY-MM-DD".`,
);
