// SPDX-License-Identifier: BSL-1.0
//
// The npm packages ws and undici as clients of raw sessions and of an endpoint.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as undici from 'undici';
import { WebSocket as Ws } from 'ws';

import { within } from './push.mjs';
import { WsServer } from './ws_server.mjs';

const packages = {
  ws: (url, protocols) => new Ws(url, protocols, { perMessageDeflate: false }),
  'ws that offers compression': (url, protocols) => new Ws(url, protocols),
  undici: (url, protocols) => new undici.WebSocket(url, protocols),
};

/** An open socket whose messages are taken one by one. */
class Peer {
  static async open(create, server, protocols = []) {
    const peer = new Peer();
    peer.name = server.newName();
    peer.socket = create(server.echoUrl(peer.name), protocols);
    peer.socket.binaryType = 'arraybuffer';
    peer.messages = [];
    peer.wake = () => {};
    peer.socket.addEventListener('message', ({ data }) => {
      peer.messages.push(data);
      peer.wake();
    });
    peer.closed = new Promise(resolve => peer.socket.addEventListener('close', resolve));
    peer.socket.addEventListener('error', () => {});
    await within(new Promise(resolve => peer.socket.addEventListener('open', resolve)), () => 'open');
    return peer;
  }

  async next() {
    while (this.messages.length === 0) {
      await within(new Promise(resolve => (this.wake = resolve)), () => 'a message');
    }
    return this.messages.shift();
  }

  end() {
    return within(this.closed, () => 'the end');
  }
}

for (const [name, create] of Object.entries(packages)) {
  describe(name, () => {
    let server;
    before(async () => (server = await WsServer.start()));
    after(() => server?.stop());
    const open = protocols => Peer.open(create, server, protocols);

    test('text and binary come back as they were', async () => {
      const peer = await open();
      for (const text of ['hello', '', 'Grüße, 你好, 👋', 'x'.repeat(125), 'x'.repeat(126), 'x'.repeat(70_000)]) {
        peer.socket.send(text);
        assert.equal(await peer.next(), text);
      }
      for (const size of [0, 1, 65_535, 65_536]) {
        const bytes = Uint8Array.from({ length: size }, (_, i) => i & 255);
        peer.socket.send(bytes);
        assert.deepEqual(new Uint8Array(await peer.next()), bytes);
      }
      peer.socket.close();
      await peer.end();
    });

    test('10 MiB come back', async () => {
      const peer = await open();
      const text = 'tidings '.repeat(10 * 1024 * 128);
      peer.socket.send(text);
      assert.ok((await peer.next()) === text);
      peer.socket.send(Buffer.from(text));
      assert.ok(Buffer.from(await peer.next()).equals(Buffer.from(text)));
      peer.socket.close();
      await peer.end();
    });

    test('1,000 messages keep their order, in both directions', async () => {
      const peer = await open();
      for (let i = 0; i < 1000; i++) peer.socket.send(`${i}`);
      for (let i = 0; i < 1000; i++) assert.equal(await peer.next(), `${i}`);
      peer.socket.send('!send 1000');
      for (let i = 0; i < 1000; i++) assert.equal(await peer.next(), `${i}`);
      peer.socket.close();
      await peer.end();
    });

    test('codes and reasons of closes arrive, both ways', async () => {
      for (const [code, reason] of [[1000, ''], [1000, 'done'], [3000, 'Grüße'], [4999, 'x'.repeat(123)]]) {
        const ours = await open();
        ours.socket.send(`!close ${code} ${reason}`);
        const { code: got, reason: told, wasClean } = await ours.end();
        assert.deepEqual([got, told, wasClean], [code, reason, true]);
        assert.deepEqual(await server.end(ours.name), { code, reason, who: 'local', clean: true });
        const theirs = await open();
        theirs.socket.close(code, reason);
        await theirs.end();
        assert.deepEqual(await server.end(theirs.name), { code, reason, who: 'peer', clean: true });
      }
      // Those that only a server says.
      for (const code of [1001, 1011, 1012, 1013]) {
        const peer = await open();
        peer.socket.send(`!close ${code}`);
        assert.equal((await peer.end()).code, code);
      }
      const bare = await open();
      bare.socket.close();
      await bare.end();
      assert.equal((await server.end(bare.name)).code, 1005);
    });

    test('a server that drops the connection is 1006', async () => {
      const peer = await open();
      peer.socket.send('!kill');
      assert.equal((await peer.end()).code, 1006);
    });

    test('the server chooses the subprotocol', async () => {
      const peer = await open(['other', 'second', 'first']);
      assert.equal(peer.socket.protocol, 'first');
      peer.socket.close();
      await peer.end();
    });

    test('an endpoint says hello, and a pong is evidence', async () => {
      const socket = create(`${server.url.replace('http', 'ws')}push?user=${name[0]}`, ['tidings.v1']);
      const messages = [];
      socket.addEventListener('message', ({ data }) => messages.push(JSON.parse(data)));
      await within(new Promise(resolve => socket.addEventListener('open', resolve)), () => 'open');
      assert.equal(socket.protocol, 'tidings.v1');
      await server.get(`control/publish?user=${name[0]}`);
      await within(
        (async () => {
          while ((await server.get('control/status')) !== 'delivered(pong)') await new Promise(r => setTimeout(r, 20));
        })(),
        () => 'delivered', 6000);
      assert.ok(messages[0].hello);
      assert.ok(messages.some(({ data }) => data === `for ${name[0]}`), JSON.stringify(messages));
      socket.close();
    });
  });
}

describe('ws alone', () => {
  let server;
  before(async () => (server = await WsServer.start(1000)));
  after(() => server?.stop());
  const open = () => Peer.open(packages.ws, server);

  test('fragments are one message, with pings between', async () => {
    const peer = await open();
    const pong = new Promise(resolve => peer.socket.once('pong', resolve));
    peer.socket.send('one ', { fin: false });
    peer.socket.send('two ', { fin: false });
    peer.socket.ping('between');
    peer.socket.send('three', { fin: true });
    assert.equal(await peer.next(), 'one two three');
    assert.equal(`${await pong}`, 'between');
    peer.socket.close();
    await peer.end();
  });

  test('the server pings, and answers keep the session for longer than the pong wait', async () => {
    const peer = await open();
    let pings = 0;
    peer.socket.on('ping', () => pings++);
    await new Promise(resolve => setTimeout(resolve, 2500));
    assert.ok(pings >= 2);
    peer.socket.send('still here');
    assert.equal(await peer.next(), 'still here');
    peer.socket.close();
    await peer.end();
  });

  test('a client that does not pong is found', async () => {
    const name = server.newName();
    const socket = new Ws(server.echoUrl(name), { autoPong: false });
    socket.on('error', () => {});
    assert.deepEqual(await server.end(name), { code: 1006, reason: '', who: 'transport', clean: false });
  });

  test('a client that leaves without a word is 1006', async () => {
    const peer = await open();
    peer.socket.terminate();
    assert.equal((await server.end(peer.name)).code, 1006);
  });
});
