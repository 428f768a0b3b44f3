// SPDX-License-Identifier: BSL-1.0
//
// The client in a mini-program: the file itself, and what it does with `wx`, against a scripted server on a clock of
// its own.

import { parse } from 'acorn';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import vm from 'node:vm';
import { Clock, cursor, settle, token } from './support.mjs';
import { web } from './web.mjs';
import { Wx, requireClient, text } from './wechat.mjs';

const orders = offset => token('orders', offset);
const note = (offset, data = `m${offset}`) => ({ at: orders(offset), topic: 'orders', event: 'created', data });

// ---- the file ---------------------------------------------------------------------------------

test('the file is what build_miniprogram.mjs writes', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(web, 'build_miniprogram.mjs'), '--check'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('it is one script without private names, and each name is declared once', () => {
  const { body } = parse(text, { ecmaVersion: 2022, sourceType: 'script', onToken: ({ type }) => {
    assert.notEqual(type.label, 'privateId');
  } });
  const names = body.flatMap(({ id, declarations }) => (declarations || [{ id }]).map(each => each.id?.name)).filter(Boolean);
  assert.deepEqual(names.filter((name, i) => names.indexOf(name) !== i), []);
});

test('it runs where there is nothing but wx, timers and the language', async () => {
  const asked = [];
  const task = { onOpen() {}, onMessage() {}, onClose() {}, onError() {}, send() {}, close() {} };
  const wx = {
    connectSocket: options => asked.push(options) && task,
    request() {},
    onAppShow() {},
    onAppHide() {},
    onNetworkStatusChange() {},
  };
  const module = { exports: {} };
  const context = vm.createContext({ module, wx, setTimeout: () => 0, clearTimeout() {}, console });
  vm.runInContext(`${text}\nmodule.exports.connect('https://host/push');`, context);
  await settle();
  assert.equal(asked.length, 1);
});

// ---- what it does with wx ---------------------------------------------------------------------

/** A SocketTask that the test drives. */
class Task {
  sent = [];
  over = false;
  #on = {};
  constructor(options, time) {
    Object.assign(this, { ...options, time });
    this.query = new URLSearchParams(options.url.split('?')[1]);
  }
  onOpen(f) {
    this.#on.open = f;
  }
  onMessage(f) {
    this.#on.message = f;
  }
  onClose(f) {
    this.#on.close = f;
  }
  onError(f) {
    this.#on.error = f;
  }
  send({ data }) {
    this.sent.push(JSON.parse(data));
  }
  close() {
    this.over = true;
  }
  open() {
    this.#on.open({ header: {} });
  }
  async say(...envelopes) {
    for (const each of envelopes) this.#on.message({ data: JSON.stringify(each) });
    await settle();
  }
  async hello(at = { orders: orders(0) }) {
    this.open();
    await this.say({ hello: { session: 's1', at, heartbeat_ms: 45000 } });
  }
  async end(code, reason = '') {
    this.over = true;
    this.#on.close({ code, reason });
    await settle();
  }
  async refuse() {
    this.over = true;
    this.#on.error({ errMsg: 'connectSocket:fail' });
    await settle();
  }
}

async function world(options = {}) {
  const clock = new Clock();
  const requests = [];
  const wx = new Wx({
    socket: asked => new Task(asked, clock.time),
    request(asked) {
      const request = { ...asked, time: clock.time, aborted: false, query: new URLSearchParams(asked.url.split('?')[1]) };
      request.answer = async (statusCode, data = '', header = {}) => {
        const body = typeof data === 'string' ? data : JSON.stringify(data);
        request.success({ statusCode, data: body, header: { 'Content-Type': 'application/json', ...header } });
        await settle();
      };
      request.abort = () => (request.aborted = true);
      requests.push(request);
      return request;
    },
  });
  const log = { messages: [], transports: [], errors: [], states: [] };
  const client = requireClient(wx).connect('https://host/push', {
    topics: ['orders'],
    device: 'dev',
    random: () => 0.5,
    onmessage: ({ data }) => void log.messages.push(data),
    ontransport: ({ transport }) => void log.transports.push(transport),
    onerror: error => void log.errors.push(error),
    onstate: state => void log.states.push(state),
    now: clock.now,
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    ...options,
  });
  await settle();
  return { client, clock, wx, requests, log, task: () => wx.sockets.at(-1), last: () => requests.at(-1) };
}

test('the handshake carries the subprotocol and the token in a header', async () => {
  const w = await world({ token: async () => 'secret', tokenParam: 'token' });
  const { url, header, protocols } = w.task();
  assert.equal(url, 'wss://host/push?topics=orders&device=dev');
  assert.deepEqual(header, { Authorization: 'Bearer secret' });
  assert.deepEqual(protocols, ['tidings.v1']);
  await w.task().hello();
  await w.task().say(note(1));
  assert.deepEqual(w.log.messages, ['m1']);
  await w.clock.advance(1000);
  assert.deepEqual(w.task().sent, [{ ack: cursor(orders(1)) }]);
});

test('without WebSocket it goes on with long polls, then short polls, and comes back', async () => {
  const w = await world({ cursor: cursor(orders(0)), token: async () => 'secret' });
  await w.task().refuse();
  assert.equal(w.last().url, `https://host/push?topics=orders&after=${cursor(orders(0))}&wait=25&device=dev`);
  assert.deepEqual(w.last().header, { Accept: 'application/json', Authorization: 'Bearer secret' });
  await w.last().answer(504);
  assert.equal(w.last().query.get('wait'), null);
  await w.last().answer(200, { cursor: cursor(orders(1)), messages: [note(1)] }, { 'Tidings-Poll-After': '9000' });
  assert.equal(w.client.transport, 'short-poll');
  await w.clock.advance(9000);
  await w.last().answer(200, { cursor: cursor(orders(2)), messages: [note(2)] }, { 'Tidings-Poll-After': '60000' });
  await w.clock.advance(51000);
  assert.equal(w.wx.sockets.length, 2);
  await w.task().hello({ orders: orders(2) });
  await w.task().say(note(3));
  assert.deepEqual(w.log.messages, ['m1', 'm2', 'm3']);
  assert.deepEqual(w.log.transports, ['short-poll', 'websocket']);
});

test('a request that fails is a pause; one that is given up is aborted', async () => {
  const w = await world({ transports: ['long-poll'], cursor: cursor(orders(0)) });
  w.last().fail({ errMsg: 'request:fail interrupted' });
  await settle();
  assert.equal(w.log.states.at(-1).reason, 'request:fail interrupted');
  await w.clock.advance(500);
  assert.equal(w.requests.length, 2);
  await w.clock.advance(36000);
  assert.equal(w.requests[1].aborted, true);
});

test('hidden for two minutes, the socket silently dead: on show a new one at once, and nothing is lost or doubled', async () => {
  const w = await world();
  const dead = w.task();
  await dead.hello();
  await dead.say(note(1), note(2));
  w.wx.fire('hide');
  await settle();
  assert.deepEqual(JSON.parse(w.last().data), { ack: cursor(orders(2)) });
  w.clock.sleep(120000);
  const from = w.clock.time;
  w.wx.fire('show');
  await settle();
  assert.equal(w.wx.sockets.length, 2);
  assert.equal(w.task().time, from);
  assert.equal(dead.over, true);
  assert.equal(w.task().query.get('after'), cursor(orders(2)));
  await w.task().hello({ orders: orders(2) });
  await dead.say(note(3)); // what the dead one still has in its pocket
  await w.task().say(note(2), note(3), note(4));
  assert.deepEqual(w.log.messages, ['m1', 'm2', 'm3', 'm4']);
  assert.deepEqual([w.client.state, w.client.transport], ['open', 'websocket']);
  await w.clock.advance(10000);
  assert.equal(w.wx.sockets.length, 2);
  assert.equal(w.wx.most, 1);
});

test('hidden for two minutes while its timers run late: they come first on show, and still it is one new socket', async () => {
  const w = await world();
  await w.task().hello();
  w.wx.fire('hide');
  w.clock.sleep(120000);
  await w.clock.advance(0); // the timers that are due
  w.wx.fire('show');
  await settle();
  assert.equal(w.wx.sockets.length, 2);
  await w.task().hello();
  await w.clock.advance(20000);
  assert.equal(w.wx.sockets.length, 2);
  assert.equal(w.client.state, 'open');
});

test('put to sleep it is told 1000 interrupted: that is a cut, not an end as asked', async () => {
  for (const [hide, reason] of [[true, ''], [false, 'interrupted']]) {
    const w = await world();
    await w.task().hello();
    if (hide) w.wx.fire('hide');
    await w.clock.advance(5000);
    await w.task().end(1000, reason);
    assert.equal(w.client.state, 'waiting');
    w.clock.sleep(120000);
    w.wx.fire('show');
    await settle();
    assert.equal(w.wx.sockets.length, 2);
    assert.deepEqual(w.log.errors, []);
  }
  const w = await world();
  await w.task().hello();
  await w.task().end(1000);
  assert.equal(w.client.state, 'stopped');
});

test('what fails in the background is forgotten on show', async () => {
  const w = await world({ cursor: cursor(orders(0)) });
  await w.task().hello();
  w.wx.fire('hide');
  await w.clock.advance(5000);
  await w.task().end(1000, 'interrupted');
  for (let i = 0; i < 10; i++) {
    await w.clock.advance(31000);
    if (!w.task().over) await w.task().refuse();
    if (w.last() && !w.last().failed) w.last().fail({ errMsg: 'request:fail interrupted' }, (w.last().failed = true));
    await settle();
  }
  await w.clock.advance(1000);
  const count = w.wx.sockets.length;
  w.wx.fire('show');
  await settle();
  assert.ok(w.wx.sockets.length === count + 1 || !w.task().over);
  await w.task().hello();
  assert.equal(w.client.transport, 'websocket');
});

test('hidden for a moment: the socket is probed and stays', async () => {
  const w = await world();
  await w.task().hello();
  w.wx.fire('hide');
  w.clock.sleep(3000);
  w.wx.fire('show');
  await settle();
  assert.deepEqual(w.task().sent, [{}]);
  await w.task().say({});
  await w.clock.advance(20000);
  assert.equal(w.wx.sockets.length, 1);
});

test('hidden for longer than the platform leaves it its network: a new socket at once', async () => {
  const w = await world();
  await w.task().hello();
  w.wx.fire('hide');
  w.clock.sleep(20000);
  w.wx.fire('show');
  await settle();
  assert.equal(w.wx.sockets.length, 2);
});

test('a quiet socket is probed before the platform takes it for idle', async () => {
  const w = await world();
  await w.task().hello();
  for (let i = 1; i <= 4; i++) {
    await w.clock.advance(25000);
    assert.equal(w.task().sent.length, i);
    await w.task().say({});
  }
  await w.clock.advance(32000);
  assert.equal(w.task().over, true);
});

test('another network: a new socket at once; none: it waits', async () => {
  const w = await world();
  await w.task().hello();
  w.wx.fire('network', { isConnected: false, networkType: 'none' });
  await settle();
  assert.equal(w.wx.sockets.length, 1);
  w.wx.fire('network', { isConnected: true, networkType: '4g' });
  await settle();
  assert.equal(w.wx.sockets.length, 2);
  await w.task().hello();
  await w.task().end(1006);
  for (let i = 0; i < 6; i++) {
    await w.task().refuse();
    if (w.last()) w.last().fail({ errMsg: 'request:fail' });
    await w.clock.advance(2000);
  }
  const count = w.wx.sockets.length;
  w.wx.fire('network', { isConnected: true, networkType: 'wifi' });
  await settle();
  assert.equal(w.wx.sockets.length, count + 1);
});

test('a socket that opens after it was given up is closed: there are five at most', async () => {
  const w = await world();
  const late = w.task();
  await w.clock.advance(5000);
  late.over = false;
  late.open();
  assert.equal(late.over, true);
});

test('close takes every listener away', async () => {
  const w = await world();
  await w.task().hello();
  w.client.close();
  await settle();
  assert.equal(w.wx.listeners, 0);
  assert.equal(w.clock.pending, 0);
  assert.equal(w.task().over, true);
});
