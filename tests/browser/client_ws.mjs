// SPDX-License-Identifier: BSL-1.0
//
// The client on WebSocket against a scripted server: order, fallback and return, the end, commands, liveness.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cursor, event, settle, token, world } from './support.mjs';
import { connect } from './web.mjs';

const orders = offset => token('orders', offset);
const note = (offset, data = `m${offset}`) => ({ at: orders(offset), topic: 'orders', event: 'created', data });
const poll = (at, messages = [], more = {}) => ({ cursor: cursor(at), messages, ...more });
const ALL = ['websocket', 'sse', 'long-poll', 'short-poll'];
const socketWorld = (options = {}) => world({ sockets: true, transports: ALL, ...options });

async function connected(options = {}, at = undefined, more = {}) {
  const w = await socketWorld(options);
  await w.socket().hello(at, more);
  return w;
}

/** The first socket is refused, and the event stream opens. */
async function fallenBack(options = {}) {
  const w = await socketWorld(options);
  w.socket().refuse();
  await settle();
  w.body = await w.open();
  return w;
}

/** Time passes until the client opens another socket. @returns how long that took, in ms. */
async function nextSocket(w, limit = 700000, keep = () => {}) {
  const [from, count] = [w.clock.time, w.sockets.length];
  while (w.sockets.length === count && w.clock.time - from < limit) {
    await w.clock.advance(500);
    keep();
  }
  assert.equal(w.sockets.length, count + 1);
  return w.socket().time - from;
}

// ---- the handshake ----------------------------------------------------------------------------

test('WebSocket comes first: same URL, subprotocol, topics, device, cursor', async () => {
  const w = await socketWorld({ topics: ['orders', 'a/b,c'], from: 'start' });
  const { url, protocols } = w.socket();
  assert.equal(url, 'wss://host/push?topics=orders,a%2Fb%2Cc&from=start&device=dev');
  assert.deepEqual(protocols, ['tidings.v1']);
  assert.equal(w.requests.length, 0);
  const again = await socketWorld({ cursor: cursor(orders(4)) });
  assert.equal(again.socket().query.get('after'), cursor(orders(4)));
});

test('http becomes ws, https wss; a URL relative to the page is resolved', async () => {
  const urls = [];
  const WebSocket = function (url) {
    urls.push(url);
    this.close = () => {};
  };
  const go = async url => {
    const client = connect(url, { WebSocket, device: 'd', document: undefined, window: undefined });
    await settle();
    client.close();
  };
  await go('http://host:81/push?room=1#here');
  globalThis.location = { href: 'https://shop.example/page/list.html' };
  await go('/push');
  await go('push');
  delete globalThis.location;
  assert.deepEqual(urls, [
    'ws://host:81/push?room=1&device=d', 'wss://shop.example/push?device=d', 'wss://shop.example/page/push?device=d',
  ]);
});

test('a token travels as a subprotocol', async () => {
  for (const token of ['eyJ.eyJ.c2ln', "!#$%&'*+.^_`|~09azAZ-"]) {
    const w = await socketWorld({ token: async () => token, tokenParam: 'token' });
    assert.deepEqual(w.socket().protocols, ['tidings.v1', `bearer.${token}`]);
    assert.equal(w.socket().query.get('token'), null);
  }
  const cookies = await world({ sockets: true });
  assert.deepEqual(cookies.socket().protocols, ['tidings.v1']);
});

for (const odd of ['a b', 'YWI=', 'a/b', 'a,b', '\u00e9']) {
  test(`the token ${odd} travels in the query where the page named a parameter, else WebSocket is left out`, async () => {
    const named = await socketWorld({ token: async () => odd, tokenParam: 'token' });
    assert.equal(named.socket().query.get('token'), odd);
    assert.deepEqual(named.socket().protocols, ['tidings.v1']);
    const w = await world({ sockets: true, token: async () => odd });
    assert.deepEqual([w.sockets.length, w.last().kind, w.last().credential], [0, 'sse', `Bearer ${odd}`]);
    await w.open();
    assert.match(w.log.transports[0].reason, /characters/);
  });
}

test('a token that cannot travel may be followed by one that can', async () => {
  const tokens = ['a b', 'a b', 'ab'];
  const w = await world({ sockets: true, token: async () => tokens.shift() });
  const body = await w.open();
  for (let i = 0; i < 4; i++) {
    await w.clock.advance(15000);
    body.write(':\n\n');
  }
  assert.deepEqual(w.socket().protocols, ['tidings.v1', 'bearer.ab']);
  await w.socket().hello();
  assert.equal(w.client.transport, 'websocket');
});

test('hello opens; messages, gaps and the unread number come as on the other transports', async () => {
  const w = await connected({}, { orders: orders(3), '@alice': token('@alice', 1) }, { unread: 4 });
  assert.deepEqual([w.client.transport, w.client.state, w.client.session, w.client.unread], ['websocket', 'open', 's1', 4]);
  assert.deepEqual(w.log.transports, [{ transport: 'websocket', previous: null, reason: 'best' }]);
  assert.deepEqual(w.log.opens, [{ transport: 'websocket', session: 's1', resumed: false }]);
  await w.socket().say(note(4), note(4), note(3), note(6));
  assert.deepEqual(w.data(), ['m4', 'm6']);
  await w.socket().say({ ...note(7), data: { seq: 7 } }, { ...note(8), data: '/+8=', enc: 'base64' });
  assert.deepEqual([w.log.messages[2].data, w.log.messages[2].json()], ['{"seq":7}', { seq: 7 }]);
  assert.deepEqual([...w.log.messages[3].binary], [255, 239]);
  const at = { orders: token('orders', 2, 'epochBBBBB') };
  await w.socket().say({ gap: { topics: ['orders'], at } }, { state: { unread: 5 } });
  assert.deepEqual(w.log.gaps, [{ topics: ['orders'], at, transport: 'websocket' }]);
  assert.equal(w.client.unread, 5);
  assert.equal(w.client.cursor, cursor(at.orders, token('@alice', 1)));
});

test('a client without WebSocket begins with SSE, and one with nothing else says so', async () => {
  const w = await world();
  assert.equal(w.last().kind, 'sse');
  assert.throws(() => connect('/push', { transports: ['websocket'], WebSocket: null }), TypeError);
});

test('transports may leave WebSocket out, or be WebSocket alone', async () => {
  const without = await socketWorld({ transports: ['sse'] });
  assert.equal(without.sockets.length, 0);
  const alone = await socketWorld({ transports: ['websocket'] });
  for (let i = 1; i <= 4; i++) {
    alone.socket().refuse();
    await nextSocket(alone);
  }
  assert.equal(alone.requests.length, 0);
});

// ---- falling back -----------------------------------------------------------------------------

const BLOCKED = {
  'the upgrade is refused': async w => w.socket().refuse(),
  'nothing answers the upgrade': async w => w.clock.advance(5000),
  'it opens and no hello follows': async w => {
    await w.clock.advance(4000);
    w.socket().open();
    await w.clock.advance(5000);
  },
  'it opens and is cut': async w => {
    w.socket().open();
    w.socket().end(1006);
  },
  'the other end speaks something else': async w => {
    w.socket().open();
    w.socket().say('<html>');
  },
};

for (const [name, block] of Object.entries(BLOCKED)) {
  test(`falls back to SSE at once: ${name}`, async () => {
    const w = await socketWorld();
    await block(w);
    const from = w.clock.time;
    await settle();
    assert.equal(w.requests.length, 1);
    assert.equal(w.last().kind, 'sse');
    assert.equal(w.last().time, from);
    assert.equal(w.socket().left, true);
    await w.open();
    assert.equal(w.client.transport, 'sse');
    assert.notEqual(w.log.transports[0].reason, 'best');
  });
}

test('a constructor that throws is a refusal too', async () => {
  const WebSocket = function () {
    throw new Error('insecure');
  };
  const w = await world({ WebSocket });
  assert.equal(w.last().kind, 'sse');
  await w.open();
  assert.equal(w.log.transports[0].reason, 'insecure');
});

test('a late hello of a socket that was given up changes nothing', async () => {
  const w = await socketWorld();
  await w.clock.advance(5000);
  await w.open();
  await w.socket().hello();
  await w.socket().say(note(1));
  assert.equal(w.client.transport, 'sse');
  assert.deepEqual(w.data(), []);
});

test('WebSocket -> SSE -> long poll -> short poll, in this order', async () => {
  const w = await socketWorld({ cursor: cursor(orders(0)) });
  w.socket().refuse();
  await settle();
  w.last().answer(200, '<html>', { 'content-type': 'text/html' });
  await settle();
  assert.equal(w.last().query.get('wait'), '25');
  w.last().answer(504, '');
  await settle();
  assert.equal(w.last().query.get('wait'), null);
  w.last().answer(200, poll(orders(0)));
  await settle();
  assert.equal(w.client.transport, 'short-poll');
  assert.equal(w.requests.every(request => request.time === w.sockets[0].time), true);
});

test('what the socket hides the next request learns: 401 renews the token and begins again with WebSocket', async () => {
  const asked = [];
  const w = await socketWorld({ token: async ({ refused }) => `t${asked.push(refused)}` });
  w.socket().refuse();
  await settle();
  w.last().answer(401, {});
  await settle();
  assert.equal(w.sockets.length, 2);
  assert.deepEqual(asked, [false, false, true]);
  assert.deepEqual(w.socket().protocols, ['tidings.v1', 'bearer.t3']);
  await w.socket().hello();
  assert.equal(w.client.transport, 'websocket');
});

test('what the socket hides the next request learns: a second 401, and 403, stop', async () => {
  const w = await socketWorld({ token: async () => 'old' });
  for (let i = 0; i < 2; i++) {
    w.socket().refuse();
    await settle();
    w.last().answer(401, {});
    await settle();
  }
  assert.equal(w.client.state, 'stopped');
  assert.deepEqual(w.log.errors.map(({ kind, status }) => [kind, status]), [['unauthorized', 401]]);
  const v = await socketWorld();
  v.socket().refuse();
  await settle();
  v.last().answer(403, {});
  await v.clock.advance(3600000);
  assert.equal(v.client.state, 'stopped');
  assert.deepEqual([v.sockets.length, v.requests.length], [1, 1]);
});

test('a busy or dead server is no reason to do without WebSocket', async () => {
  for (const fail of [w => w.last().fail(new TypeError('down')), w => {
    const body = w.last().stream();
    body.write('retry: 3000\n\n');
    body.end();
  }]) {
    const w = await socketWorld();
    w.socket().refuse();
    await settle();
    fail(w);
    await w.clock.advance(3000);
    assert.equal(w.sockets.length, 2);
    await w.socket().hello();
    assert.deepEqual(w.log.transports.map(({ transport }) => transport), ['websocket']);
  }
});

// ---- coming back to WebSocket -----------------------------------------------------------------

test('beside SSE WebSocket is tried after 1, 2, 4, 8, 10, 10 minutes, and disturbs nothing', async () => {
  const w = await fallenBack();
  for (const minutes of [1, 2, 4, 8, 10, 10]) {
    const waited = await nextSocket(w, 700000, () => w.body.write(':\n\n'));
    assert.ok(Math.abs(waited - minutes * 60000) <= 500, `${minutes}: ${waited}`);
    w.socket().refuse();
    await settle();
  }
  assert.equal(w.requests.length, 1);
  assert.equal(w.requests[0].aborted, false);
  assert.deepEqual(w.log.transports.map(({ transport }) => transport), ['sse']);
});

test('a trial that says hello takes over, without loss and without a duplicate', async () => {
  const w = await fallenBack();
  w.body.write(event(orders(1), 'm1'));
  await w.clock.advance(29000);
  w.body.write(event(orders(2), 'm2'));
  await w.clock.advance(31000);
  const trial = w.socket();
  assert.equal(trial.query.get('after'), cursor(orders(2)));
  w.body.write(event(orders(3), 'm3'));
  await settle();
  trial.open();
  await settle();
  assert.equal(w.client.transport, 'sse');
  trial.say({ hello: { session: 's2', at: { orders: orders(2) }, heartbeat_ms: 45000 } }, note(3), note(4));
  await settle();
  assert.deepEqual(w.data(), ['m1', 'm2', 'm3', 'm4']);
  assert.equal(w.client.transport, 'websocket');
  assert.equal(w.client.session, 's2');
  assert.equal(w.of('sse')[0].aborted, true);
  assert.deepEqual(w.log.states.map(({ state }) => state), ['open', 'open']);
  assert.deepEqual(w.log.opens.at(-1), { transport: 'websocket', session: 's2', resumed: true });
  await w.clock.advance(1000);
  assert.equal(w.sockets.length, 2);
});

test('a gap of the trial is void where the stream beside it brought everything meanwhile', async () => {
  for (const [top, gaps] of [[7, 0], [8, 0], [9, 1]]) {
    const w = await fallenBack();
    w.body.write(event(orders(5), 'm5'));
    await nextSocket(w, 100000, () => w.body.write(':\n\n'));
    assert.equal(w.socket().query.get('after'), cursor(orders(5)));
    // So much so fast that the topic keeps less than what comes during a handshake.
    w.body.write(event(orders(6), 'm6') + event(orders(7), 'm7') + event(orders(8), 'm8'));
    await settle();
    w.socket().open();
    const [hello, gap] = [{ at: { orders: orders(top) } }, { topics: ['orders'], at: { orders: orders(top) } }];
    await w.socket().say({ hello }, { gap }, note(top + 1), note(10));
    assert.equal(w.log.gaps.length, gaps, `${top}`);
    assert.deepEqual(w.data(), ['m5', 'm6', 'm7', 'm8', ...(top === 8 ? ['m9'] : []), 'm10'], `${top}`);
  }
});

test('a trial beside polls takes over in the middle of a wait', async () => {
  const w = await socketWorld({ transports: ['websocket', 'long-poll'], cursor: cursor(orders(0)) });
  w.socket().refuse();
  for (let i = 0; i < 3; i++) {
    await w.clock.advance(20000);
    w.last().answer(200, poll(orders(i + 1), [note(i + 1)]));
    await settle();
  }
  assert.equal(w.sockets.length, 2);
  await w.socket().hello({ orders: orders(2) });
  assert.equal(w.last().aborted, true);
  await w.socket().say(note(3), note(4));
  assert.deepEqual(w.data(), ['m1', 'm2', 'm3', 'm4']);
  const count = w.requests.length;
  await w.clock.advance(60000);
  assert.equal(w.of('poll').length, count);
});

test('a poll that waits for a slow handler does not hold the trial up', async () => {
  const w = await socketWorld({ transports: ['websocket', 'short-poll'], cursor: cursor(orders(0)) });
  let done;
  w.client.on('message', message => message.data === 'm1' && new Promise(resolve => (done = resolve)));
  w.socket().refuse();
  await settle();
  w.last().answer(200, poll(orders(1), [note(1)], { poll_after_ms: 0 }));
  await w.clock.advance(61000);
  await w.socket().hello({ orders: orders(0) });
  await w.socket().say(note(1), note(2));
  assert.deepEqual(w.data(), ['m1', 'm2']);
  assert.equal(w.client.cursor, cursor(orders(0)));
  done();
  await settle();
  assert.equal(w.client.cursor, cursor(orders(2)));
});

test('handlers that work on the very first messages hold every stream up: it would begin behind them', async () => {
  const w = await socketWorld({ transports: ['websocket', 'short-poll'] });
  let done;
  w.client.on('message', () => new Promise(resolve => (done = resolve)));
  w.socket().refuse();
  await settle();
  w.last().answer(200, poll(orders(1), [note(1)], { poll_after_ms: 0 }));
  await w.clock.advance(100000);
  assert.equal(w.sockets.length, 1);
  done();
  await nextSocket(w, 2000);
  assert.equal(w.socket().query.get('after'), cursor(orders(1)));
});

for (const [name, wake] of [
  ['visible', w => w.document.fire('visibilitychange')],
  ['online', w => w.window.fire('online')],
]) {
  test(`a page that becomes ${name} tries WebSocket soon, and not again and again`, async () => {
    const w = await fallenBack();
    wake(w);
    await w.clock.advance(3000);
    assert.equal(w.sockets.length, 1); // the first try was just now
    await w.clock.advance(10000);
    wake(w);
    await w.clock.advance(1000);
    assert.equal(w.sockets.length, 2);
    w.socket().refuse();
    for (let i = 0; i < 5; i++) {
      wake(w);
      await w.clock.advance(1000);
    }
    assert.equal(w.sockets.length, 2);
  });
}

test('another network begins anew with WebSocket, and with its rests', async () => {
  const w = await fallenBack();
  for (let i = 0; i < 3; i++) {
    await nextSocket(w, 700000, () => w.body.write(':\n\n'));
    w.socket().refuse();
    await settle();
  }
  for (let i = 0; i < 4; i++) {
    await w.clock.advance(5000);
    w.body.write(':\n\n');
  }
  w.window.fire('online');
  assert.equal(await nextSocket(w), 1000);
  w.socket().refuse();
  await settle();
  const waited = await nextSocket(w, 700000, () => w.body.write(':\n\n'));
  assert.ok(Math.abs(waited - 60000) <= 500, `${waited}`);
  // While it is away from the network too: the first attempt after it is a socket.
  w.socket().refuse();
  await w.clock.advance(11000);
  w.body.cut();
  for (const request of w.of('sse').slice(1)) request.fail(new TypeError('down'));
  await settle();
  assert.equal(w.client.state, 'waiting');
  await w.clock.advance(100);
  w.window.fire('online');
  assert.ok((await nextSocket(w, 1000)) <= 1000);
});

test('a refusal that stops the client ends the trial beside it', async () => {
  const w = await fallenBack();
  await nextSocket(w, 100000, () => w.body.write(':\n\n'));
  w.body.cut();
  await w.clock.advance(1000);
  assert.equal(w.of('sse').length, 2);
  assert.equal(w.sockets.length, 2);
  w.last().answer(403, {});
  await settle();
  assert.equal(w.socket().left, true);
  await w.socket().hello();
  await w.clock.advance(3600000);
  assert.equal(w.client.state, 'stopped');
  assert.equal(w.sockets.length, 2);
});

test('a stream that ends while WebSocket rests comes back as a stream, later as WebSocket', async () => {
  const w = await fallenBack();
  await w.clock.advance(20000);
  w.body.write('retry: 1000\n\n');
  w.body.end();
  await w.clock.advance(1000);
  assert.equal(w.of('sse').length, 2);
  const body = await w.open();
  const waited = await nextSocket(w, 100000, () => body.write(':\n\n'));
  assert.ok(Math.abs(waited - 39000) <= 500, `${waited}`);
});

test('subscribe during a trial drops it: it was opened for other topics', async () => {
  const w = await fallenBack();
  await w.clock.advance(20000);
  w.body.write(':\n\n');
  await w.clock.advance(20000);
  w.body.write(':\n\n');
  await w.clock.advance(20000);
  const trial = w.socket();
  assert.equal(w.sockets.length, 2);
  w.client.subscribe('news');
  await settle();
  assert.equal(trial.left, true);
  assert.equal(w.last().query.get('topics'), 'orders,news');
  await trial.hello();
  assert.equal(w.client.transport, 'sse');
});

// ---- the end ----------------------------------------------------------------------------------

/** code, bye -> what happens: 'stop', or the pause in ms before the next socket (random is 0.5). */
const ENDS = [
  [1000, null, 'stop'],
  [1001, null, 500],
  [1001, { code: 'lifetime_ended', retry_ms: 1200 }, 1200],
  [1002, null, 'stop'],
  [1003, null, 'stop'],
  [1007, null, 'stop'],
  [1009, null, 'stop'],
  [1008, null, 5500],
  [1008, { code: 'throttled', retry_ms: 9000 }, 9000],
  [1011, null, 5500],
  [1012, { code: 'draining', retry_ms: 1743 }, 1743],
  [1013, { code: 'slow_consumer', retry_ms: 2500 }, 2500],
  [1013, null, 5500],
  [4503, { code: 'disconnected', retry_ms: 700 }, 700],
  [4000, null, 'stop'],
  [4400, null, 'stop'],
  [4499, null, 'stop'],
  [4500, null, 500],
  [4999, null, 500],
  [3001, null, 500],
  [1014, null, 500],
  [1005, null, 500],
  [1006, null, 500],
  [1006, { code: 'draining', retry_ms: 3000 }, 3000],
  [1012, { code: 'draining', retry_ms: 86400000 }, 300000],
];

for (const [code, bye, expected] of ENDS) {
  test(`close ${code}${bye ? ` after bye ${bye.code}` : ''}: ${expected === 'stop' ? 'stop' : `back in ${expected} ms`}`, async () => {
    const w = await connected();
    await w.socket().say(note(1));
    await w.clock.advance(6000);
    if (bye) await w.socket().say({ bye });
    const from = w.clock.time;
    await w.socket().end(code);
    if (expected === 'stop') {
      await w.clock.advance(3600000);
      assert.equal(w.sockets.length, 1);
      assert.equal(w.requests.filter(({ kind }) => kind !== 'post').length, 0);
      assert.equal(w.client.state, 'stopped');
      assert.deepEqual(w.log.errors.map(error => [error.kind, error.code, error.fatal]), [['refused', code, true]]);
      w.client.reconnect();
      await settle();
      assert.equal(w.sockets.length, 2);
      return;
    }
    assert.equal(w.client.state, 'waiting');
    await w.clock.advance(expected - 1);
    assert.equal(w.sockets.length, 1);
    await w.clock.advance(1);
    assert.equal(w.sockets.length, 2);
    assert.equal(w.socket().time - from, expected);
    assert.equal(w.socket().query.get('after'), cursor(orders(1)));
    await w.socket().hello({ orders: orders(1) });
    assert.equal(w.log.opens.at(-1).resumed, true);
  });
}

test('close 4401: new credentials, then back; without a token function cookies decide', async () => {
  const asked = [];
  const w = await connected({ token: async ({ refused }) => `t${asked.push(refused)}` });
  await w.clock.advance(6000);
  await w.socket().end(4401);
  await w.clock.advance(500);
  assert.deepEqual(asked, [false, true]);
  assert.equal(w.sockets.length, 2);
  const v = await connected();
  await v.clock.advance(6000);
  await v.socket().end(4401);
  await v.clock.advance(500);
  assert.equal(v.sockets.length, 2);
});

test('close 4401 instead of hello, twice: stop', async () => {
  const w = await socketWorld({ token: async () => 'old' });
  w.socket().open();
  await w.socket().end(4401);
  assert.equal(w.sockets.length, 2);
  w.socket().open();
  await w.socket().end(4401);
  assert.equal(w.client.state, 'stopped');
  assert.equal(w.log.errors[0].kind, 'unauthorized');
});

test('when the server said when, waking the page does not hurry', async () => {
  const w = await connected();
  await w.socket().say({ bye: { code: 'draining', retry_ms: 20000 } });
  await w.socket().end(1012);
  await w.clock.advance(5000);
  w.document.fire('visibilitychange');
  w.window.fire('online');
  await settle();
  assert.equal(w.sockets.length, 1);
  await w.clock.advance(15000);
  assert.equal(w.sockets.length, 2);
});

test('sockets that end before hello again and again fall back', async () => {
  const w = await socketWorld();
  for (let i = 0; i < 3; i++) {
    assert.equal(w.sockets.length, i + 1);
    w.socket().open();
    await w.socket().end(1011);
    if (i < 2) await nextSocket(w);
  }
  assert.equal(w.last().kind, 'sse');
});

test('back-off is full jitter, doubling to 30 s, and begins anew after a steady time', async () => {
  const w = await connected({ random: () => 0.999 });
  for (const bound of [1000, 2000, 4000, 8000, 16000, 30000, 30000]) {
    await w.socket().end(1001);
    const waited = await nextSocket(w);
    assert.ok(Math.abs(waited - bound * 0.999) < 2, `${waited} is not ${bound}`);
    await w.socket().hello();
  }
  await w.clock.advance(6000);
  await w.socket().end(1001);
  assert.ok((await nextSocket(w)) < 1000);
});

test('after a cut the cursor is what the handlers took', async () => {
  const w = await connected();
  const done = [];
  w.client.on('message', () => new Promise(resolve => done.push(resolve)));
  await w.socket().say(note(1), note(2));
  done[0]();
  await settle();
  await w.socket().end(1006);
  await w.clock.advance(1000);
  assert.equal(w.socket().query.get('after'), cursor(orders(1)));
  await w.socket().hello({ orders: orders(1) });
  await w.socket().say(note(2), note(3));
  assert.deepEqual(w.data(), ['m1', 'm2', 'm3']);
});

test('close sends the last acknowledgement, ends the socket and leaves no timer', async () => {
  const w = await connected();
  await w.socket().say(note(1));
  w.client.close();
  await settle();
  assert.deepEqual(w.socket().of('ack').map(({ ack }) => ack), [cursor(orders(1))]);
  assert.equal(w.socket().left, true);
  assert.equal(w.clock.pending, 0);
  assert.equal([...w.window.handlers.values(), ...w.document.handlers.values()].flat().length, 0);
  for (const how of [v => v, v => v.socket().refuse()]) {
    const v = await socketWorld();
    how(v);
    await settle();
    v.client.close();
    await settle();
    assert.equal(v.clock.pending, 0);
  }
  const trying = await fallenBack();
  await trying.clock.advance(30000);
  trying.body.write(':\n\n');
  await trying.clock.advance(30000);
  assert.equal(trying.sockets.length, 2);
  trying.client.close();
  await settle();
  assert.equal(trying.clock.pending, 0);
  assert.equal(trying.socket().left, true);
});

// ---- commands ---------------------------------------------------------------------------------

test('acknowledges over the socket, at most once a second, what the handlers took', async () => {
  const w = await connected();
  for (let i = 1; i <= 50; i++) {
    w.socket().say(note(i));
    await w.clock.advance(100);
  }
  await w.clock.advance(2000);
  const acks = w.socket().of('ack');
  acks.forEach((ack, i) => assert.ok(i === 0 || ack.time - acks[i - 1].time >= 1000));
  assert.ok(acks.length >= 5 && acks.length <= 7, `${acks.length}`);
  assert.equal(acks.at(-1).ack, cursor(orders(50)));
  assert.equal(w.requests.length, 0);
});

test('acknowledge: false says nothing; a page that goes away says it by a request that outlives it', async () => {
  const silent = await connected({ acknowledge: false });
  await silent.socket().say(note(1));
  await silent.clock.advance(5000);
  assert.equal(silent.socket().sent.length, 0);
  const w = await connected();
  await w.socket().say(note(1));
  w.window.fire('pagehide');
  assert.deepEqual(w.last().body, { ack: cursor(orders(1)) });
  assert.equal(w.last().init.keepalive, true);
});

test('send is answered by reply or done, fails by error, by time, and by the end', async () => {
  const w = await connected();
  const ask = (...words) => w.client.send(...words).then(reply => reply, error => error.code);
  const first = ask('say', 'hi');
  const second = ask('say', { n: 1 });
  const third = ask('say');
  const fourth = ask('say', 'slow', { timeout: 3000 });
  await settle();
  const said = w.socket().of('send').map(({ send }) => send);
  assert.deepEqual(said.map(({ event: name, data }) => [name, data]), [['say', 'hi'], ['say', '{"n":1}'], ['say', ''], ['say', 'slow']]);
  assert.equal(new Set(said.map(({ ref }) => ref)).size, 4);
  assert.ok(said.every(({ ref }) => typeof ref === 'string'));
  await w.socket().say(
    { done: { ref: said[2].ref } },
    { error: { ref: said[1].ref, code: 'callback_failed', message: 'no' } },
    { reply: { ref: said[0].ref, event: 'said', data: '{"ok":true}' } },
  );
  const { event: name, data, json } = await first;
  assert.deepEqual([name, data, json()], ['said', '{"ok":true}', { ok: true }]);
  assert.equal(await second, 'callback_failed');
  assert.equal(await third, null);
  await w.clock.advance(3000);
  assert.equal(await fourth, 'timeout');
  await w.socket().say({ reply: { ref: said[3].ref, data: 'late' } }, { done: { ref: '99' } });
  const fifth = ask('say', 'lost');
  await settle();
  await w.socket().end(1006);
  assert.equal(await fifth, 'connection_lost');
  assert.deepEqual(w.log.errors, []);
});

test('send goes by POST when there is no socket; 501 is a clear error', async () => {
  const w = await world();
  const refused = w.client.send('say', 'hi');
  await settle();
  assert.deepEqual(w.last().body, { send: { event: 'say', data: 'hi' } });
  w.last().answer(501, { error: 'not_supported', message: 'messages to the application are not taken here' });
  await assert.rejects(refused, { name: 'TidingsError', status: 501, code: 'not_supported' });
  const own = w.client.send('say', 'too long');
  await settle();
  w.last().answer(422, { error: 'too_long', message: 'ten words at most' });
  await assert.rejects(own, { status: 422, code: 'too_long', message: 'ten words at most' });
  const answered = w.client.send('say', 'hi');
  await settle();
  w.last().answer(200, { reply: { event: 'said', data: 'ho' } });
  assert.equal((await answered).data, 'ho');
  const quiet = w.client.send('say', 'hi');
  await settle();
  w.last().answer(204, '');
  assert.equal(await quiet, null);
  const late = w.client.send('say', 'hi', { timeout: 2000 }).catch(error => error.code);
  await w.clock.advance(2000);
  assert.equal(await late, 'timeout');
  w.client.close();
  await assert.rejects(w.client.send('say'), { code: 'closed' });
});

test('seen goes over the socket and resolves to the number that the server told', async () => {
  const w = await connected({}, undefined, { unread: 3 });
  const result = w.client.seen([{ at: token('@alice', 1) }]);
  await settle();
  const [{ ref, seen }] = w.socket().of('seen');
  assert.deepEqual(seen, [token('@alice', 1)]);
  await w.socket().say({ done: { ref, unread: 2 } });
  assert.equal(await result, 2);
  assert.equal(w.client.unread, 2);
  await w.socket().say({ state: { unread: 2 } });
  const none = w.client.seen('all');
  await settle();
  await w.socket().say({ state: { unread: 0 } }, { done: { ref: w.socket().of('seen')[1].ref, unread: 0 } });
  assert.equal(await none, 0);
  assert.deepEqual(w.log.unread, [3, 2, 0]);
  const refused = w.client.seen('all').catch(error => error.code);
  await settle();
  await w.socket().say({ error: { ref: w.socket().of('seen')[2].ref, code: 'unauthorized', message: 'nobody' } });
  assert.equal(await refused, 'unauthorized');
  assert.equal(w.requests.length, 0);
});

test('subscribe and unsubscribe go over the socket, which stays', async () => {
  const w = await connected();
  w.client.subscribe(['news', 'orders']);
  await settle();
  const [{ ref, subscribe }] = w.socket().of('subscribe');
  assert.deepEqual(subscribe, ['news']);
  await w.socket().say(
    { hello: { session: 's1', at: { orders: orders(0), news: token('news', 7) }, heartbeat_ms: 45000 } },
    { done: { ref } },
    { at: token('news', 8), topic: 'news', data: 'n8' },
  );
  assert.deepEqual(w.data(), ['n8']);
  assert.equal(w.client.cursor, cursor(orders(0), token('news', 8)));
  assert.equal(w.log.opens.length, 1);
  w.client.unsubscribe('news');
  await w.socket().say({ at: token('news', 9), topic: 'news', data: 'n9' });
  assert.equal(w.client.cursor, cursor(orders(0)));
  await w.socket().say({ done: { ref: w.socket().of('unsubscribe')[0].ref } });
  assert.deepEqual(w.data(), ['n8']);
  await w.socket().end(1006);
  await w.clock.advance(1000);
  assert.equal(w.socket().query.get('topics'), 'orders');
});

test('what is still under way of a topic that was given back leaves no trace', async () => {
  const w = await connected();
  w.client.subscribe('news');
  w.client.unsubscribe('news');
  await settle();
  const at = { orders: orders(0), news: token('news', 7) };
  await w.socket().say(
    { hello: { session: 's1', at, heartbeat_ms: 45000 } },
    { gap: { topics: ['news'], at: { news: token('news', 7) } } },
    { at: token('news', 8), topic: 'news', data: 'n8' },
    { done: { ref: w.socket().of('subscribe')[0].ref } },
    { hello: { session: 's1', at: { orders: orders(0) }, heartbeat_ms: 45000 } },
    { done: { ref: w.socket().of('unsubscribe')[0].ref } },
  );
  assert.equal(w.client.cursor, cursor(orders(0)));
  assert.deepEqual([w.data(), w.log.gaps], [[], []]);
});

test('a topic of which the page brought a token begins there also when it is subscribed later', async () => {
  const w = await connected({ cursor: cursor(orders(4), token('news', 2)) }, { orders: orders(4) });
  w.client.subscribe('news');
  await settle();
  assert.equal(w.socket().of('subscribe')[0].after, cursor(token('news', 2)));
  await w.socket().say({ hello: { session: 's1', at: { orders: orders(4), news: token('news', 2) }, heartbeat_ms: 45000 } });
  await w.socket().say({ at: token('news', 3), topic: 'news', data: 'n3' });
  w.client.subscribe('more');
  await settle();
  assert.equal(w.socket().of('subscribe')[1].after, undefined);
  assert.deepEqual(w.data(), ['n3']);
});

test('a topic that may not be subscribed is told, and not asked for again', async () => {
  const w = await connected();
  w.client.subscribe('secret');
  await settle();
  await w.socket().say({ error: { ref: w.socket().of('subscribe')[0].ref, code: 'topic_not_allowed', message: 'no' } });
  assert.deepEqual(w.log.errors.map(({ kind, topics, error }) => [kind, topics, error.code]), [['subscribe', ['secret'], 'topic_not_allowed']]);
  assert.equal(w.client.state, 'open');
  await w.socket().end(1006);
  await w.clock.advance(1000);
  assert.equal(w.socket().query.get('topics'), 'orders');
});

test('topics asked for while the socket was opening are in the next one', async () => {
  const w = await socketWorld();
  w.client.subscribe('news');
  await settle();
  assert.equal(w.sockets[0].left, true);
  assert.equal(w.sockets.length, 2);
  assert.equal(w.socket().query.get('topics'), 'orders,news');
});

test('renew asks for a new token and sends it; a refused one is reported', async () => {
  const asked = [];
  const w = await connected({ token: async ({ refused }) => `t${asked.push(refused)}` });
  await w.socket().say({ renew: { in_ms: 30000 } });
  const [{ ref, renew }] = w.socket().of('renew');
  assert.equal(renew, 't2');
  assert.deepEqual(asked, [false, true]);
  await w.socket().say({ done: { ref } });
  assert.deepEqual(w.log.errors, []);
  await w.socket().say({ renew: { in_ms: 30000 } });
  await w.socket().say({ error: { ref: w.socket().of('renew')[1].ref, code: 'unauthorized', message: 'no' } });
  assert.deepEqual(w.log.errors.map(({ kind, error }) => [kind, error.code]), [['token', 'unauthorized']]);
  assert.equal(w.sockets.length, 1);
});

test('an error without an owner and an unreadable envelope are reported; unknown ones are passed over', async () => {
  const w = await connected();
  await w.socket().say({ error: { code: 'invalid_envelope', message: 'what' } }, '{', { later: 1 }, '7', note(1));
  assert.deepEqual(w.log.errors.map(({ kind }) => kind), ['server', 'protocol', 'protocol']);
  assert.deepEqual(w.data(), ['m1']);
});

// ---- liveness ---------------------------------------------------------------------------------

test('a quiet socket is probed after 1.3 heartbeats and lives on when {} comes back', async () => {
  const w = await connected();
  for (let i = 1; i <= 5; i++) {
    const before = w.socket().probes.length;
    while (w.socket().probes.length === before) await w.clock.advance(500);
    assert.ok(w.clock.time - w.sockets[0].time >= i * 58500 - 1000);
    await w.clock.advance(40);
    await w.socket().say({});
  }
  assert.equal(w.sockets.length, 1);
  assert.equal(w.client.state, 'open');
  assert.equal(w.client.roundTrip >= 40, true);
  await w.clock.advance(40000);
  await w.socket().say(note(1));
  await w.clock.advance(40000);
  assert.equal(w.socket().probes.length, 5); // what comes is as good as an answer
});

test('a socket that answers no probe is dropped and opened anew', async () => {
  const w = await connected();
  await w.clock.advance(58500);
  assert.equal(w.socket().probes.length, 1);
  await w.clock.advance(6900);
  assert.equal(w.socket().left, false);
  await w.clock.advance(100);
  assert.equal(w.sockets[0].left, true);
  assert.equal(w.log.states.at(-1).reason, 'silence');
  await w.clock.advance(500);
  assert.equal(w.sockets.length, 2);
});

test('probe measures a round trip', async () => {
  const w = await connected();
  const result = w.client.probe();
  await w.clock.advance(123);
  await w.socket().say({});
  assert.equal(await result, 123);
  assert.equal(w.client.roundTrip, 123);
  const lost = w.client.probe().catch(error => error.code);
  await w.socket().end(1006);
  assert.equal(await lost, 'connection_lost');
  assert.equal(w.client.roundTrip, null);
  await assert.rejects(w.client.probe(), { code: 'not_supported' });
});

test('a page that wakes probes the socket with a short limit; after a long sleep it opens a new one', async () => {
  const w = await connected();
  w.clock.sleep(60000);
  w.document.fire('visibilitychange');
  await settle();
  assert.equal(w.socket().probes.length, 1);
  await w.clock.advance(4900);
  assert.equal(w.sockets.length, 1);
  await w.clock.advance(700);
  assert.equal(w.sockets.length, 2);
  await w.socket().hello();
  w.clock.sleep(120000);
  const from = w.clock.time;
  w.document.fire('visibilitychange');
  await settle();
  assert.equal(w.sockets.length, 3);
  assert.equal(w.socket().time, from);
  await w.socket().hello();
  w.window.fire('pageshow', { persisted: true });
  await settle();
  assert.equal(w.sockets.length, 4);
});
