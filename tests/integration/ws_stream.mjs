// SPDX-License-Identifier: BSL-1.0
//
// Messages of 256 MiB to and from a server that takes and makes them in parts: the npm package ws, which sends one frame
// or many, and Python's websockets (ws_stream.py). The server's memory does not grow with them.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { WebSocket } from 'ws';

import { Client, within } from './push.mjs';
import { WsServer } from './ws_server.mjs';

const MIB = 1024 * 1024;
const LARGE = 256 * MIB;
// In KiB: a read buffer and what the kernel has not taken.
const MOST_GROWTH = 8 * 1024;

describe('messages in parts', () => {
  let server;
  let peak;
  before(async () => {
    server = await WsServer.start();
    const socket = await open();
    socket.send(Buffer.alloc(MIB));
    await next(socket);
    socket.send('!stream 1000000');
    await next(socket);
    await next(socket);
    socket.close();
    peak = Number(await server.get('control/memory'));
  });
  after(() => server.stop());

  async function open(options = { perMessageDeflate: false }) {
    const name = server.newName();
    const url = `${server.url.replace('http', 'ws')}stream?name=${name}`;
    const socket = new WebSocket(url, { maxPayload: 2 * LARGE, ...options });
    socket.name = name;
    socket.inbox = [];
    socket.wake = () => {};
    socket.on('message', (data, binary) => {
      socket.inbox.push(binary ? data : data.toString());
      socket.wake();
    });
    socket.on('error', () => {});
    await within(new Promise(resolve => socket.on('open', resolve)), () => 'open');
    return socket;
  }
  async function next(socket) {
    while (socket.inbox.length === 0) {
      await within(new Promise(resolve => (socket.wake = resolve)), () => 'a message', 60_000);
    }
    return socket.inbox.shift();
  }
  async function grown() {
    return Number(await server.get('control/memory')) - peak;
  }
  const sample = () => {
    const bytes = Buffer.alloc(LARGE);
    for (let at = 0; at < LARGE; at += 4096) bytes.fill(at / 4096 + at / MIB, at, at + 4096);
    return bytes;
  };

  test('one frame of 256 MiB', async () => {
    const socket = await open();
    const bytes = sample();
    socket.send(bytes);
    assert.deepEqual(JSON.parse(await next(socket)), { bytes: LARGE, crc: crc32(bytes) });
    assert.ok((await grown()) <= MOST_GROWTH, `${await grown()} KiB`);
    socket.close();
  });

  test('256 MiB in frames of 10,000 bytes, with pings between', async () => {
    const socket = await open();
    const bytes = sample();
    let pongs = 0;
    socket.on('pong', () => ++pongs);
    for (let at = 0; at < LARGE; at += 10_000) {
      socket.send(bytes.subarray(at, at + 10_000), { binary: true, fin: at + 10_000 >= LARGE });
      if (at % 10_000_000 === 0) socket.ping();
    }
    assert.deepEqual(JSON.parse(await next(socket)), { bytes: LARGE, crc: crc32(bytes) });
    assert.equal(pongs > 0, true);
    assert.ok((await grown()) <= MOST_GROWTH, `${await grown()} KiB`);
    socket.close();
  });

  test('256 MiB from the server', async () => {
    const socket = await open();
    socket.send(`!stream ${LARGE}`);
    const bytes = await next(socket);
    assert.equal(bytes.length, LARGE);
    assert.deepEqual(JSON.parse(await next(socket)), { bytes: LARGE, crc: crc32(bytes) });
    assert.ok((await grown()) <= MOST_GROWTH, `${await grown()} KiB`);
    socket.close();
  });

  test('a message that is cut', async () => {
    const socket = await open();
    socket.send(Buffer.alloc(100_000), { binary: true, fin: false });
    await within(new Promise(resolve => (socket.on('pong', resolve), socket.ping())), () => 'a pong');
    socket.terminate();
    assert.equal((await server.end(socket.name)).cut, true);
  });

  test('deflated, which is inflated as it comes', async () => {
    const socket = await open({ perMessageDeflate: true });
    const bytes = sample();
    socket.send(bytes);
    assert.deepEqual(JSON.parse(await next(socket)), { bytes: LARGE, crc: crc32(bytes) });
    assert.ok((await grown()) <= MOST_GROWTH, `${await grown()} KiB`);
    socket.close();
  });

  test('Python, package websockets', async () => {
    const script = join(process.env.TIDINGS_SOURCE_DIR, 'tests/integration/ws_stream.py');
    const client = new Client(process.env.TIDINGS_PYTHON, ['-B', script, server.url]);
    const output = await client.rest();
    assert.equal(output.match(/^passed /gm).length, 2, output);
    assert.ok((await grown()) <= MOST_GROWTH, `${await grown()} KiB`);
  });
});
