// SPDX-License-Identifier: BSL-1.0
//
// tidings.js in a real Chromium, whose WebSocket hides refusals and knows no headers, against a server of a few lines,
// and against the demo when it is built.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { launch, open, until } from './chromium.mjs';
import { DemoServer } from './demo_server.mjs';
import { FakeServer } from './fake_server.mjs';
import { Gateway } from './gateway.mjs';

let server;
let browser;
let page;
before(async () => (browser = await launch()));
after(() => browser?.close());
beforeEach(async () => (server = await FakeServer.start()));
afterEach(async () => {
  await page?.close();
  await server.stop();
});

/** A page that is connected; `window.seen` and `window.transports` tell what came. */
async function connected(options = {}) {
  page = await open(browser, options.url || server.url);
  await page.evaluate(async more => {
    const { connect } = await import('/web/tidings.js');
    Object.assign(window, { seen: [], late: 0, gaps: 0, transports: [] });
    window.client = connect('/push', {
      topics: ['orders'],
      now: () => Date.now() + window.late,
      onmessage: message => void window.seen.push(more.seq ? `${message.json().seq}` : message.data),
      ongap: () => window.gaps++,
      ontransport: ({ transport }) => window.transports.push(transport),
      ...(more.token ? { token: async ({ refused }) => (refused ? more.token : 'old') } : {}),
    });
  }, options);
  await until(page, () => window.client.state === 'open');
}

async function saw(data) {
  await until(page, count => window.seen.length >= count, data.length);
  assert.deepEqual(await page.evaluate(() => [window.seen, window.gaps]), [data, 0]);
}

const transports = () => page.evaluate(() => window.transports);
const uncaught = () => page.lines.filter(line => /uncaught|tidings:/.test(line));

test('WebSocket on a relative URL; a cut and a bye lose nothing', async () => {
  await connected();
  const data = await server.publish(50);
  await saw(data);
  await server.cut();
  data.push(...(await server.publish(50)));
  await saw(data);
  await until(page, () => window.client.state === 'open');
  server.bye(1012, { code: 'draining', retry_ms: 200 });
  await until(page, () => window.client.state === 'waiting');
  data.push(...(await server.publish(5)));
  await saw(data);
  assert.deepEqual(await transports(), ['websocket']);
  assert.equal(server.counts.websocket, 3);
  assert.ok((await page.evaluate(() => window.client.probe())) >= 0);
  assert.deepEqual(uncaught(), []);
});

for (const [name, upgrade] of [['refused', 501], ['swallowed', 'swallowed']]) {
  test(`the upgrade is ${name}: SSE; online with a network that lets it through: WebSocket, without loss`, async () => {
    server.upgrade = upgrade;
    await connected();
    const data = await server.publish(20);
    await saw(data);
    assert.deepEqual(await transports(), ['sse']);
    server.upgrade = 'open';
    await page.evaluate(() => (window.late = 20000)); // not sooner after the last try
    await page.context().setOffline(true);
    await page.context().setOffline(false);
    for (let i = 0; i < 40; i++) {
      data.push(...(await server.publish(1)));
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    await until(page, () => window.client.transport === 'websocket');
    data.push(...(await server.publish(20)));
    await saw(data);
    assert.deepEqual(uncaught(), []);
  });
}

test('401 behind the upgrade: a new token brings the socket', async () => {
  server.credential = 'new';
  await connected({ token: 'new' });
  await saw(await server.publish(3));
  assert.deepEqual(await transports(), ['websocket']);
});

test('the demo behind a gateway: WebSocket, cut by either side, loses nothing', { skip: !DemoServer.built }, async context => {
  const demo = await DemoServer.start();
  const gateway = await Gateway.start(demo.url, { authorization: `Bearer ${demo.credential}` });
  try {
    if (!(await demo.takesUpgrades())) return context.skip('this build has no WebSocket');
    await connected({ url: gateway.url, seq: true });
    const data = await demo.publish(50);
    await saw(data);
    for (const cut of [() => gateway.cut(), () => demo.cut(), () => gateway.cut()]) {
      await cut();
      data.push(...(await demo.publish(20)));
      await saw(data);
      await until(page, () => window.client.state === 'open');
    }
    assert.deepEqual(await transports(), ['websocket']);
    assert.ok((await page.evaluate(() => window.client.probe())) >= 0);
    assert.deepEqual(uncaught(), []);
  } finally {
    await page.close();
    await gateway.stop();
    await demo.stop();
  }
});
