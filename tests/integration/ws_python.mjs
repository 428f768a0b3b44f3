// SPDX-License-Identifier: BSL-1.0
//
// Python's package websockets: ws_client.py.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { Client } from './push.mjs';
import { WsServer } from './ws_server.mjs';

test('Python, package websockets', async t => {
  const server = await WsServer.start(1000);
  t.after(() => server.stop());
  const script = join(process.env.TIDINGS_SOURCE_DIR, 'tests/integration/ws_client.py');
  const client = new Client(process.env.TIDINGS_PYTHON, ['-B', script, server.url]);
  const output = await client.rest();
  assert.equal(output.match(/^passed /gm).length, 11, output);
});
