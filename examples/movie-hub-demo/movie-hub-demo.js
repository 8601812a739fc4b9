#!/usr/bin/env node
// The command itself is movie-hub's; this package brings what it needs, under a name that npx finds.
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const manifest = require.resolve('movie-hub/package.json');
const { bin } = require(manifest);
await import(pathToFileURL(resolve(dirname(manifest), bin['movie-hub-demo'])).href);
