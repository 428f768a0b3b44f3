// SPDX-License-Identifier: BSL-1.0
//
// Finds the client wherever the tests were copied to.

import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const source = process.env.TIDINGS_SOURCE_DIR || join(here, '..', '..');
export const web = join(source, 'examples', 'web');

const client = await import(pathToFileURL(join(web, 'tidings.js')).href);
export const { connect, Client, SseParser, TidingsError, isNew, isToken, parseCursor, tagOf } = client;
