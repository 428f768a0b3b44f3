// SPDX-License-Identifier: BSL-1.0
//
// permessage-deflate with the npm package ws, in both roles, and with Python's package websockets: ws_deflate.py.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { WebSocket as Ws, WebSocketServer } from 'ws';

import { Program } from '../browser/server.mjs';
import { ClientProgram } from './client_program.mjs';
import { Client, within } from './push.mjs';
import { WsServer } from './ws_server.mjs';

const deflateClient = join(process.env.TIDINGS_BUILD_DIR, 'tests/integration/deflate_client');
const beastServer = join(process.env.TIDINGS_BUILD_DIR, 'tests/integration/beast_deflate_server');
const json = JSON.stringify(Array.from({ length: 300 }, (_, i) => ({ id: (i * 7919) % 1000, name: 'article' })));

let server;
before(async () => (server = await WsServer.start()));
after(() => server?.stop());

async function echoAll(query, options, url = server.url.replace('http', 'ws')) {
  const socket = new Ws(`${url}deflate?${query}`, { perMessageDeflate: options, rejectUnauthorized: false });
  let came;
  socket.on('message', (data, binary) => came(binary ? data : data.toString()));
  await within(new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject)), () => 'open');
  for (const message of ['', 'short', json, json, 'Grüße, 你好, 👋'.repeat(1000), Buffer.alloc(5000, 7), json.repeat(100)]) {
    const next = new Promise(resolve => (came = resolve));
    socket.send(message);
    assert.deepEqual(await within(next, () => 'an echo'), message);
  }
  const { extensions } = socket;
  const wire = socket._socket.bytesRead;
  socket.close();
  return { extensions, wire };
}

test('npm ws as a client, with all parameters', async () => {
  for (const takeover of [0, 1]) {
    for (const serverNoContextTakeover of [undefined, true]) {
      for (const clientNoContextTakeover of [undefined, true]) {
        for (const serverMaxWindowBits of [undefined, 9, 15]) {
          for (const clientMaxWindowBits of [undefined, 9, 15]) {
            const { extensions } = await echoAll(`takeover=${takeover}&threshold=1`, {
              threshold: 0, serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits,
            });
            assert.equal(extensions, 'permessage-deflate');
          }
        }
      }
    }
  }
});

test('what it receives is compressed', async () => {
  const size = 3 * json.length + 100 * json.length;
  const { wire } = await echoAll('', true);
  assert.ok(wire < size / 5, `${wire}`);
  const plain = await echoAll('', false);
  assert.equal(plain.extensions, '');
  assert.ok(plain.wire > size);
});

for (const layer of ['plain', 'tls']) {
  test(`at Beast, ${layer}`, { skip: !existsSync(beastServer) }, async t => {
    const beast = await Program.start(beastServer, [layer]);
    t.after(() => beast.stop());
    const url = beast.url.replace('http', layer === 'tls' ? 'wss' : 'ws');
    for (const takeover of [0, 1]) {
      for (const serverMaxWindowBits of [undefined, 9]) {
        const { extensions } = await echoAll(`takeover=${takeover}&threshold=1`, { threshold: 0, serverMaxWindowBits }, url);
        assert.equal(extensions, 'permessage-deflate');
      }
    }
    const plain = await echoAll('', false, url);
    assert.equal(plain.extensions, '');
    if (layer === 'plain') await pythonAt(beast.url, [], 4);
    assert.equal(await beast.stop(), 0, beast.output);
  });
}

/** The whole client, whose messages the peer sends back. */
async function echoWithProgram(peer, words) {
  const client = new ClientProgram('ws', `ws://127.0.0.1:${peer.address().port}/`, '--raw', '--deflate', words);
  await client.next('state', 'open');
  for (const text of ['', 'short', json, json, 'Grüße, 你好, 👋'.repeat(1000), json.repeat(20)]) {
    client.say(`text ${text}`);
    assert.equal((await client.next('received')).data, text);
  }
  assert.equal([...peer.clients].at(-1).extensions, 'permessage-deflate');
  assert.equal(await client.end(), 0);
}

test('npm ws as a server of our client, with all parameters', async () => {
  for (const serverNoContextTakeover of [undefined, true]) {
    for (const clientNoContextTakeover of [undefined, true]) {
      for (const serverMaxWindowBits of [undefined, 9]) {
        for (const clientMaxWindowBits of [undefined, 8, 9, 12]) {
          const peer = new WebSocketServer({
            port: 0, host: '127.0.0.1',
            perMessageDeflate: { threshold: 0, serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits },
          });
          peer.on('connection', socket => socket.on('message', (data, binary) => socket.send(data, { binary })));
          await within(new Promise(resolve => peer.on('listening', resolve)), () => 'listening');
          for (const words of [[], ['takeover'], ['takeover', 'bits=15']]) {
            const { stdout } = await promisify(execFile)(deflateClient, [`${peer.address().port}`, ...words]);
            assert.match(stdout, /^permessage-deflate.*\nechoed 90\n$/);
          }
          for (const words of serverNoContextTakeover === clientNoContextTakeover ? ['no', 'takeover,bits=15'] : []) {
            await echoWithProgram(peer, words);
          }
          for (const each of peer.clients) each.terminate();
          peer.close();
        }
      }
    }
  }
});

test('Python, package websockets, as a client and as a server of ours', () => pythonAt(server.url, [deflateClient], 5));

async function pythonAt(url, words, tests) {
  const script = join(process.env.TIDINGS_SOURCE_DIR, 'tests/integration/ws_deflate.py');
  const output = await new Client(process.env.TIDINGS_PYTHON, ['-B', script, url, ...words]).rest();
  assert.equal(output.match(/^passed /gm)?.length, tests, output);
}
