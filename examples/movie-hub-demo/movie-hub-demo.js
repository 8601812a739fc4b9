#!/usr/bin/env node
// The command is part of movie-hub; this package adds its dependencies, under a name that npx finds.
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const manifest = require.resolve('movie-hub/package.json');
const { bin } = require(manifest);
await import(pathToFileURL(resolve(dirname(manifest), bin['movie-hub-demo'])).href);
