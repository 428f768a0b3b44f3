// SPDX-License-Identifier: BSL-1.0
//
// Connections on which nothing is said for 35 minutes, behind what cuts idle ones: nginx with its default times, and a
// link that silently discards them. All times of the world are divided by 20, or by TIDINGS_QUIET_DIVISOR: nginx's 60 s and
// the link's are 3 s, the pong wait of 50 s is 2.5 s, and the 35 minutes are 105 s.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { WebSocket as Ws } from 'ws';

import { launch, open, until } from '../browser/chromium.mjs';
import { Nginx } from './proxy.mjs';
import { eventually, within } from './push.mjs';
import { WsServer } from './ws_server.mjs';

const divisor = Number(process.env.TIDINGS_QUIET_DIVISOR || 20);
const quiet = 35 * 60_000 / divisor;
const cutAfter = 60_000 / divisor;
const pongWait = 50_000 / divisor;

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

/** A link that forgets connections over which nothing went for a while, and tells nobody. */
class ForgetfulLink {
  static async start(port) {
    const link = new ForgetfulLink();
    link.forgotten = 0;
    link.sockets = new Set();
    link.server = createServer(near => link.#carry(near, connect(port, '127.0.0.1'))).listen(0, '127.0.0.1');
    await once(link.server, 'listening');
    link.url = `http://127.0.0.1:${link.server.address().port}/`;
    return link;
  }

  #carry(near, far) {
    let last = Date.now();
    let gone = false;
    const pass = (from, to) => {
      this.sockets.add(from);
      from.on('error', () => {});
      from.on('data', bytes => {
        if (!gone && Date.now() - last >= cutAfter) {
          gone = true;
          this.forgotten++;
        }
        last = Date.now();
        if (!gone) to.write(bytes);
      });
      from.on('close', () => gone || to.destroy());
    };
    pass(near, far);
    pass(far, near);
  }

  async stop() {
    for (const each of this.sockets) each.destroy();
    await new Promise(resolve => this.server.close(resolve));
  }
}

/** A page with a bare WebSocket; `heard` as of the other clients. */
async function quietPage(url) {
  const page = await open(browser, url);
  await page.evaluate(url => {
    const socket = new WebSocket(url, 'tidings.v1');
    Object.assign(window, { socket, heard: '', over: false });
    socket.onmessage = ({ data }) => (window.heard += data);
    socket.onclose = () => (window.over = true);
  }, `${url.replace('http', 'ws')}push?user=quiet`);
  await until(page, () => window.socket.readyState === WebSocket.OPEN);
  return page;
}

/** Both kinds of session; `over` when one has ended. */
async function quietClients(server, url) {
  const clients = [new Ws(server.echoUrl(server.newName(), url)), new Ws(`${url.replace('http', 'ws')}push?user=quiet`, 'tidings.v1')];
  for (const each of clients) {
    each.on('error', () => {});
    each.on('close', () => (each.over = true));
    each.heard = '';
    each.on('message', bytes => (each.heard += bytes));
  }
  await within(Promise.all(clients.map(each => once(each, 'open'))), () => 'open');
  return clients;
}

async function checkAlive(server, [raw, endpoint]) {
  assert.ok(!raw.over && !endpoint.over, 'a connection was cut');
  raw.send('still here');
  await server.get('control/publish?user=quiet');
  await eventually(() => raw.heard === 'still here' && /for quiet/.test(endpoint.heard));
}

const ways = {
  nginx: async port => {
    const nginx = await Nginx.start(`location / {
      proxy_pass http://127.0.0.1:${port}/;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
      proxy_set_header Host $http_host;
      proxy_read_timeout ${cutAfter}ms;
      proxy_send_timeout ${cutAfter}ms;
    }`);
    return { url: nginx.url, stop: () => nginx.stop() };
  },
  'a forgetful link': async port => {
    const link = await ForgetfulLink.start(port);
    return { url: link.url, stop: () => link.stop(), link };
  },
};

describe('quiet connections', { concurrency: true }, () => {
  for (const [name, start] of Object.entries(ways)) {
    describe(name, { concurrency: true }, () => {
      let server;
      let way;
      before(async () => {
        server = await WsServer.start(pongWait);
        way = await start(server.port);
      });
      after(async () => {
        await way?.stop();
        await server?.stop();
      });

      test('keeps a connection on which nothing is said', async () => {
        const clients = await quietClients(server, way.url);
        const page = await quietPage(way.url);
        const end = Date.now() + quiet;
        while (Date.now() < end && !clients.some(each => each.over)) await pause(100);
        await checkAlive(server, clients);
        await until(page, () => /for quiet/.test(window.heard));
        assert.ok(!await page.evaluate(() => window.over), 'the page had to connect again');
        assert.ok(!way.link?.forgotten);
        for (const each of clients) each.terminate();
      });

      // Else the test above would show nothing.
      test('cuts a connection whose server pings too seldom', async () => {
        const seldom = await WsServer.start(10 * pongWait);
        const other = await start(seldom.port);
        const clients = await quietClients(seldom, other.url);
        await pause(cutAfter + 1500);
        clients[0].send('still here');
        await pause(500);
        assert.equal(clients[0].heard, '');
        for (const each of clients) each.terminate();
        await other.stop();
        await seldom.stop();
      });
    });
  }
});
