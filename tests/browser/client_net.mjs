// SPDX-License-Identifier: BSL-1.0
//
// The clients over real sockets, in Node: tidings.js with the package ws, and the mini-program's with a `wx` of ours.
// Against a server of a few lines that can stand in for bad proxies, and against the demo when it is built.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import WebSocket from 'ws';
import { DemoServer } from './demo_server.mjs';
import { FakeServer } from './fake_server.mjs';
import { Gateway } from './gateway.mjs';
import { realNetwork } from './real_wx.mjs';
import { connect } from './web.mjs';
import { Wx, requireClient } from './wechat.mjs';

/** Looks again and again until the limit. */
async function eventually(condition, limit = 20000) {
  const end = Date.now() + limit;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `it did not happen: ${condition}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

const pages = new Set();
afterEach(() => pages.forEach(page => page.close()));

class Page {
  seen = [];
  gaps = [];
  transports = [];
  errors = [];
  #listeners = [];

  constructor(server, way, options = {}, url = server.url) {
    pages.add(this);
    this.server = server;
    this.wx = new Wx(realNetwork);
    this.late = 0; // ms that the program's clock is ahead, after sleep
    const connectHere = way === 'wx' ? requireClient(this.wx).connect : connect;
    const window = { addEventListener: (type, action) => this.#listeners.push([type, action]), removeEventListener() {} };
    this.client = connectHere(`${url}push`, {
      topics: ['orders'],
      token: async () => server.credential,
      ...(way === 'wx' ? {} : { WebSocket, window, document: undefined }),
      now: () => Date.now() + this.late,
      random: () => 0.1,
      onmessage: message => void this.seen.push(server.text(message)),
      ongap: gap => void this.gaps.push(gap.topics),
      ontransport: ({ transport }) => void this.transports.push(transport),
      onerror: error => void this.errors.push(error),
      ...options,
    });
  }

  fire(type) {
    for (const [name, action] of this.#listeners) if (name === type) action({});
  }

  opened(transport) {
    return eventually(() => this.client.state === 'open' && (!transport || this.client.transport === transport));
  }

  async saw(data) {
    await eventually(() => this.seen.length >= data.length);
    assert.deepEqual(this.seen, data);
    assert.deepEqual([this.gaps, this.errors], [[], []]);
  }

  async publish(count) {
    this.data = [...(this.data || []), ...(await this.server.publish(count))];
    return this.saw(this.data);
  }

  close() {
    pages.delete(this);
    this.client.close();
  }
}

const servers = [['a server of a few lines', FakeServer], ...(DemoServer.built ? [['the demo', DemoServer]] : [])];

for (const [name, Server] of servers) {
  for (const way of ['ws', 'wx']) {
    describe(`${way === 'wx' ? 'tidings.miniprogram.js' : 'tidings.js'} and ${name}`, () => {
      let server;
      let best;
      before(async () => {
        server = await Server.start();
        const upgrades = Server === FakeServer || (await server.takesUpgrades());
        best = upgrades ? 'websocket' : way === 'wx' ? 'long-poll' : 'sse';
      });
      after(() => server?.stop());

      test('begins with the best transport; 100 messages in order', async () => {
        const page = new Page(server, way);
        await page.opened(best);
        await page.publish(1);
        await page.publish(99);
        assert.deepEqual(page.transports, [best]);
        page.close();
      });

      test('cut again and again while messages are published, it loses and doubles none', async () => {
        const page = new Page(server, way);
        await page.opened();
        await page.publish(1);
        for (let round = 0; round < 4; round++) {
          await server.cut();
          await page.publish(5);
          await eventually(() => page.client.state === 'open');
        }
        page.close();
      });

      if (way !== 'wx') return;

      test('hidden for two minutes with its socket silently dead, it is there at once on show', async () => {
        const page = new Page(server, way);
        await page.opened(best);
        await page.publish(3);
        page.wx.fire('hide');
        for (const task of page.wx.sockets) task.deafen();
        const missed = await server.publish(4);
        page.late += 120000;
        const from = Date.now();
        page.wx.fire('show');
        page.data.push(...missed);
        await page.saw(page.data);
        assert.ok(Date.now() - from < 5000);
        await page.publish(2);
        assert.equal(page.client.transport, best);
        assert.ok(page.wx.most <= 2, `${page.wx.most} sockets at a time`);
        page.close();
      });
    });
  }
}

describe('the demo over WebSocket', { skip: !DemoServer.built }, () => {
  let server;
  let upgrades;
  before(async () => {
    server = await DemoServer.start();
    upgrades = await server.takesUpgrades();
  });
  after(() => server?.stop());

  test('what is acknowledged and seen over the socket the server knows', async context => {
    if (!upgrades) return context.skip('this build has no WebSocket');
    const page = new Page(server, 'ws', { device: 'net-test' });
    await page.opened('websocket');
    await page.publish(3);
    await eventually(async () => /^orders [3-9]/.test((await server.session('net-test')).confirmed));
    await server.unread();
    await eventually(() => page.client.unread === 2);
    const [newest] = (await page.client.inbox({ limit: 1 })).messages;
    assert.equal(await page.client.seen(newest), 1);
    assert.equal(await page.client.seen('all'), 0);
    assert.ok((await page.client.probe()) < 5000);
    page.close();
  });

  for (const transport of ['websocket', 'short-poll']) {
    test(`what is said by ${transport} is answered, published once though said twice, and refused where it is wrong`, async () => {
      const heard = [];
      const page = new Page(server, 'ws', {
        topics: [], transports: [transport], token: async () => 'demo-dora', pollEvery: 100,
        onmessage: message => void heard.push([message.event, message.json().text]),
      });
      await page.opened(transport);
      const said = { text: `hello by ${transport}`, id: `${transport}-1` };
      const reply = await page.client.send('say', said);
      assert.equal(reply.event, 'noted');
      assert.deepEqual((await page.client.send('say', said)).json(), reply.json());
      await page.client.send('say', { text: 'bye', id: `${transport}-2` });
      await eventually(() => heard.length >= 2);
      assert.deepEqual(heard, [['said', said.text], ['said', 'bye']]);
      await assert.rejects(page.client.send('say', 'no object'), { code: 'not_understood' });
      await assert.rejects(page.client.send('say', { text: '' }), { code: 'wrong_length' });
      page.close();
      const stranger = new Page(server, 'ws', { transports: [transport] });
      await stranger.opened(transport);
      await assert.rejects(stranger.client.send('say', { text: 'hi' }), { code: 'no_room', message: /no such room/ });
      stranger.close();
    });
  }

  test('up and down between WebSocket and SSE while messages are published', async context => {
    if (!upgrades) return context.skip('this build has no WebSocket');
    const gateway = await Gateway.start(server.url, { authorization: `Bearer ${server.credential}` });
    const page = new Page(server, 'ws', {}, gateway.url);
    await page.opened('websocket');
    page.data = [];
    let over = false;
    const publishing = (async () => {
      while (!over) {
        page.data.push(...(await server.publish(1)));
        await new Promise(resolve => setTimeout(resolve, 5));
      }
    })();
    for (let round = 0; round < 4; round++) {
      gateway.refuses = true;
      gateway.cut();
      await page.opened('sse');
      gateway.refuses = false;
      page.late += 20000;
      page.fire('online');
      await page.opened('websocket');
    }
    over = true;
    await publishing;
    await page.saw(page.data);
    assert.ok(page.data.length > 100);
    assert.deepEqual(page.transports, ['websocket', ...Array(4).fill(['sse', 'websocket']).flat()]);
    page.close();
    await gateway.stop();
  });

  test('it goes down and comes back: bye 1012, a pause, and a gap since its logs are new', async context => {
    if (!upgrades) return context.skip('this build has no WebSocket');
    const states = [];
    const page = new Page(server, 'ws', { onstate: ({ state, reason }) => states.push(`${state} ${reason}`) });
    await page.opened('websocket');
    const [last] = await server.publish(1);
    await eventually(() => page.seen.at(-1) === last);
    const { port } = server;
    assert.equal(await server.stop(), 0);
    await eventually(() => states.includes('waiting draining'));
    server = page.server = await DemoServer.start(port);
    await eventually(() => page.gaps.length > 0);
    await page.opened('websocket');
    const seen = page.seen.length;
    await server.publish(2);
    await eventually(() => page.seen.length === seen + 2);
    page.close();
  });
});

describe('bad proxies', () => {
  let server;
  before(async () => (server = await FakeServer.start()));
  after(() => server?.stop());

  for (const [how, upgrade] of [['refused with 403', 403], ['refused with 501', 501], ['swallowed', 'swallowed'], ['mute', 'mute']]) {
    for (const [way, lesser] of [['ws', 'sse'], ['wx', 'long-poll']]) {
      test(`${way}: the upgrade is ${how}, then allowed: down and up again without loss or duplicate`, async () => {
        server.upgrade = upgrade;
        const page = new Page(server, way, { helloTimeout: 300 });
        await page.opened(lesser);
        await page.publish(5);
        server.upgrade = 'open';
        page.late += 20000; // the first try is not long ago
        if (way === 'wx') {
          page.wx.fire('hide');
          page.wx.fire('show');
        } else page.fire('online');
        const publishing = (async () => {
          const data = [];
          for (let i = 0; i < 20; i++) {
            data.push(...(await server.publish(1)));
            await new Promise(resolve => setTimeout(resolve, 60));
          }
          return data;
        })();
        await page.opened('websocket');
        page.data.push(...(await publishing));
        await page.saw(page.data);
        assert.deepEqual(page.transports, [lesser, 'websocket']);
        page.close();
      });
    }
  }

  test('401 behind the upgrade is learnt by the next request, and a new token brings the socket', async () => {
    server.upgrade = 'open';
    server.credential = 'new';
    const asked = [];
    const token = async ({ refused }) => (asked.push(refused), refused ? 'new' : asked.length > 3 ? 'new' : 'old');
    const page = new Page(server, 'ws', { token });
    await page.opened('websocket');
    assert.equal(asked.includes(true), true);
    await page.publish(2);
    page.close();
    server.credential = null;
  });

  test('send over the socket is answered; acknowledgements arrive', async () => {
    const acknowledged = [];
    server.hub.onacknowledged = at => acknowledged.push(at);
    const page = new Page(server, 'ws');
    await page.opened('websocket');
    await page.publish(3);
    const reply = await page.client.send('say', { n: 1 });
    assert.deepEqual([reply.event, reply.json()], ['said', { n: 1 }]);
    assert.ok((await page.client.probe()) >= 0);
    await eventually(() => acknowledged.includes(page.client.cursor.slice(1)));
    const before = page.client.cursor.length;
    page.client.subscribe('news');
    await eventually(() => page.client.cursor.length > before);
    server.hub.publish('news', 'extra');
    await eventually(() => page.seen.at(-1) === 'extra');
    page.close();
  });

  test('bye and 1012: back when the server said', async () => {
    const page = new Page(server, 'ws');
    await page.opened('websocket');
    await page.publish(1);
    const from = Date.now();
    server.bye(1012, { code: 'draining', retry_ms: 400 });
    await eventually(() => page.client.state === 'waiting');
    const missed = await server.publish(2);
    await page.opened('websocket');
    assert.ok(Date.now() - from >= 390);
    page.data.push(...missed);
    await page.saw(page.data);
    page.close();
  });
});
