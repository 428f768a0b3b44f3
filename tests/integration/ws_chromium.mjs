// SPDX-License-Identifier: BSL-1.0
//
// A bare WebSocket of Chromium: what any page can do without our client.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, open, until } from '../browser/chromium.mjs';
import { eventually } from './push.mjs';
import { WsServer } from './ws_server.mjs';

let browser;
let server;
before(async () => {
  browser = await launch();
  server = await WsServer.start();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A page with an open WebSocket, `window.socket`; `window.seen`: what came, `window.end`: its close event. */
async function connected(path, protocols = []) {
  const page = await open(browser, server.url);
  await page.evaluate(([path, protocols]) => {
    const socket = new WebSocket(`ws://${location.host}/${path}`, protocols);
    Object.assign(window, { socket, seen: [], end: null });
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => window.seen.push(typeof data === 'string' ? data : [...new Uint8Array(data)]);
    socket.onclose = ({ code, reason, wasClean }) => (window.end = { code, reason, wasClean });
  }, [path, protocols]);
  await until(page, () => window.socket.readyState === WebSocket.OPEN);
  return page;
}

async function ended(page) {
  await until(page, () => window.end);
  return page.evaluate(() => window.end);
}

test('text and binary come back, in order', async () => {
  const page = await connected('echo');
  await page.evaluate(() => {
    window.socket.send('Grüße, 你好, 👋');
    window.socket.send(new Uint8Array([0, 1, 254, 255]));
    window.socket.send(new Blob(['blob']));
    window.socket.send('');
    window.socket.send('x'.repeat(1_000_000));
  });
  await until(page, () => window.seen.length === 5);
  const seen = await page.evaluate(() => window.seen);
  assert.deepEqual(seen.slice(0, 4), ['Grüße, 你好, 👋', [0, 1, 254, 255], [...Buffer.from('blob')], '']);
  assert.equal(seen[4].length, 1_000_000);
  await page.evaluate(() => {
    window.seen = [];
    window.socket.send('!send 1000');
  });
  await until(page, () => window.seen.length === 1000);
  assert.deepEqual(await page.evaluate(() => window.seen), Array.from({ length: 1000 }, (_, i) => `${i}`));
  assert.equal(await page.evaluate(() => window.socket.extensions), '');
  await page.close();
});

test('codes and reasons of closes arrive, both ways', async () => {
  for (const [code, reason] of [[1000, 'done'], [1001, 'bye'], [1012, ''], [3000, 'Grüße'], [4401, 'credentials'], [4999, '']]) {
    const name = server.newName();
    const page = await connected(`echo?name=${name}`);
    await page.evaluate(text => window.socket.send(text), `!close ${code} ${reason}`);
    assert.deepEqual(await ended(page), { code, reason, wasClean: true });
    assert.deepEqual(await server.end(name), { code, reason, who: 'local', clean: true });
    await page.close();
  }
  for (const [code, reason] of [[1000, ''], [3000, 'Grüße'], [4999, 'x'.repeat(123)]]) {
    const name = server.newName();
    const page = await connected(`echo?name=${name}`);
    await page.evaluate(([code, reason]) => window.socket.close(code, reason), [code, reason]);
    assert.equal((await ended(page)).code, code);
    assert.deepEqual(await server.end(name), { code, reason, who: 'peer', clean: true });
    await page.close();
  }
});

test('a page that leaves says 1001, and a dropped connection is 1006', async () => {
  const name = server.newName();
  const leaving = await connected(`echo?name=${name}`);
  await leaving.goto('about:blank');
  assert.equal((await server.end(name)).code, 1001);
  await leaving.close();
  const page = await connected('echo');
  await page.evaluate(() => window.socket.send('!kill'));
  assert.deepEqual(await ended(page), { code: 1006, reason: '', wasClean: false });
  await page.close();
});

test('a pong of a page that knows nothing of us is evidence within 6 seconds', async () => {
  const page = await connected('push?user=page', ['tidings.v1']);
  await server.get('control/publish?user=page');
  await eventually(async () => (await server.get('control/status')) === 'delivered(pong)', 6000);
  assert.ok((await page.evaluate(() => window.seen)).some(text => JSON.parse(text).data === 'for page'));
  await page.close();
});
