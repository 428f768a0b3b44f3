// SPDX-License-Identifier: BSL-1.0
//
// Writes tidings.miniprogram.js: the client and its WeChat platform as one CommonJS file, since a mini-program has
// neither ES modules by URL nor a browser around it. Run it after every change of tidings*.js:
//
//   node examples/web/build_miniprogram.mjs          writes the file
//   node examples/web/build_miniprogram.mjs --check  fails when the file is not what it would write

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, 'tidings.miniprogram.js');
// Each after what it imports.
const PARTS = ['tidings.wire.js', 'tidings.socket.js', 'tidings.ack.js', 'tidings.wechat.js', 'tidings.js'];
const NAMES = ['connect', 'Client', 'TidingsError', 'isToken', 'parseCursor', 'tagOf'];

const HEAD = `// SPDX-License-Identifier: BSL-1.0
//
// The client of tidings for WeChat mini-programs, one CommonJS file.
// Written by build_miniprogram.mjs from ${PARTS.slice(0, -1).join(', ')}
// and ${PARTS.at(-1)}: change those.
//
//   const { connect } = require('./tidings.miniprogram.js');
//   const client = connect('https://example.com/push', { topics: ['orders'], onmessage: message => show(message) });
'use strict';
`;

/** A module -> a piece of a script. */
function plain(name) {
  const text = readFileSync(join(here, name), 'utf8')
    .replace(/^(\/\/.*\n)+/, '') // the head comment
    .replace(/^(import|export) [^;]*? from '[^']*';\n/gm, '')
    .replace(/^export /gm, '')
    .replace(/#([A-Za-z]\w*)/g, '_$1'); // private names: too new for the engines of older telephones
  return `\n// ==== ${name} ${'='.repeat(100 - name.length)}\n\n${text.trim()}\n`;
}

const text = `${HEAD}${PARTS.map(plain).join('')}\nmodule.exports = { ${NAMES.join(', ')} };\n`;

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('tidings.miniprogram.js is out of date: node examples/web/build_miniprogram.mjs');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
