// SPDX-License-Identifier: BSL-1.0
//
// permessage-deflate with a bare WebSocket of Chromium.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, open, until } from '../browser/chromium.mjs';
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

/** What comes back in a page for what is sent, and what was agreed on. */
async function echoed(query, messages) {
  const page = await open(browser, server.url);
  await page.evaluate(([query, messages]) => {
    const socket = new WebSocket(`ws://${location.host}/deflate?${query}`);
    Object.assign(window, { socket, seen: [] });
    socket.onmessage = ({ data }) => window.seen.push(data);
    socket.onclose = ({ code }) => window.seen.push(code);
    socket.onopen = () => messages.forEach(each => socket.send(each));
  }, [query, messages]);
  await until(page, count => window.seen.length >= count, messages.length);
  const result = await page.evaluate(() => ({ seen: window.seen, extensions: window.socket.extensions }));
  await page.close();
  return result;
}

const json = JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ id: (i * 7919) % 1000, name: 'article' })));

test('messages come back as they were, with and without memory of earlier ones', async () => {
  for (const [query, extensions] of [
    ['', 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'],
    ['takeover=1&threshold=1', 'permessage-deflate'],
    ['takeover=1&threshold=1&bits=9', 'permessage-deflate; server_max_window_bits=9; client_max_window_bits=9'],
    ['bits=10', 'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=10'],
  ]) {
    const messages = ['', 'short', json, json, 'Grüße, 你好, 👋'.repeat(500), 'x'.repeat(1_000_000), json.repeat(20), ''];
    const result = await echoed(query, messages);
    assert.equal(result.extensions, extensions);
    assert.deepEqual(result.seen, messages);
  }
});
