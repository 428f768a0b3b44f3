// SPDX-License-Identifier: BSL-1.0
//
// The browser client against a scripted server: no socket, no real timer, no page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EPOCH, cursor, event, hello, settle, token, world } from './support.mjs';
import { SseParser, connect, isNew, isToken, parseCursor } from './web.mjs';

const orders = offset => token('orders', offset);
const inbox = offset => token('@alice', offset);
const poll = (at, messages = [], more = {}) => ({ cursor: cursor(at), messages, ...more });
const note = (offset, data = `m${offset}`) => ({ at: orders(offset), topic: 'orders', event: 'created', data });

// ---- text/event-stream ------------------------------------------------------------------------

const parsed = [
  ['one line', 'data: a\n\n', [{ type: 'message', data: 'a', id: '', enc: '' }]],
  ['lines of data are joined by LF', 'data: a\ndata\ndata: b\n\n', [{ data: 'a\n\nb' }]],
  ['CR ends a line', 'event: x\rdata: a\r\r', [{ type: 'x', data: 'a' }]],
  ['CRLF ends one line', 'data: a\r\ndata: b\r\n\r\n', [{ data: 'a\nb' }]],
  ['only one space after the colon goes', 'data:  a\n\ndata:b\n\n', [{ data: ' a' }, { data: 'b' }]],
  ['a BOM at the beginning goes, one', '\uFEFFdata: a\n\n', [{ data: 'a' }]],
  ['a BOM later is a character', 'data: a\n\n\uFEFFdata: b\n\n', [{ data: 'a' }]],
  ['empty data is an event', 'data\n\ndata:\n\n', [{ data: '' }, { data: '' }]],
  ['a block without data is none and forgets its name', 'event: x\n\ndata: a\n\n', [{ type: 'message', data: 'a' }]],
  ['the id stays until the next one', 'id: 1\ndata: a\n\ndata: b\n\n', [{ id: '1' }, { id: '1' }]],
  ['a block of only an id sets it', 'id: 7\n\ndata: a\n\n', [{ id: '7' }]],
  ['an empty id empties it', 'id: 1\ndata: a\n\nid\ndata: b\n\n', [{ id: '1' }, { id: '' }]],
  ['an id with NUL is ignored', 'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n', [{ id: '1' }, { id: '1' }]],
  ['comments and unknown fields are ignored', ':\n: x\nfoo: bar\ndata: a\n\n', [{ data: 'a' }]],
  ['field names are case-sensitive', 'Data: a\n\n', []],
  ['enc is ours', 'enc: base64\ndata: AA==\n\ndata: b\n\n', [{ enc: 'base64' }, { enc: '' }]],
  ['an unfinished block is dropped', 'data: a\n\ndata: b\n', [{ data: 'a' }]],
  ['a colon in the value stays', 'data: a:b\n\n', [{ data: 'a:b' }]],
];

function run(pieces) {
  const events = [];
  const retries = [];
  const parser = new SseParser({ onevent: e => events.push(e), onretry: ms => retries.push(ms) });
  for (const piece of pieces) parser.push(piece);
  return { events, retries };
}

for (const [name, text, expected] of parsed) {
  test(`event stream: ${name}`, () => {
    for (const pieces of [[text], [...text], [text.slice(0, 7), text.slice(7)]]) {
      const { events } = run(pieces);
      assert.equal(events.length, expected.length);
      expected.forEach((part, i) => assert.deepEqual({ ...events[i], ...part }, events[i]));
    }
  });
}

test('event stream: retry takes digits only', () => {
  assert.deepEqual(run(['retry: 10\nretry: 1s\nretry:\nretry: -1\nretry:0\n']).retries, [10, 0]);
});

test('event stream: an event without end is refused', () => {
  const parser = new SseParser({ maxEventChars: 100 });
  assert.throws(() => parser.push(`data: ${'x'.repeat(101)}`), RangeError);
  const lines = new SseParser({ maxEventChars: 100 });
  assert.throws(() => [...Array(60)].forEach(() => lines.push('data: xx\n')), RangeError);
});

// ---- positions --------------------------------------------------------------------------------

test('a message is new by its offset, in the order of the base64url alphabet', () => {
  const places = [0, 25, 26, 51, 52, 61, 62, 63, 64, 64 ** 4, 2 ** 47];
  for (const [i, low] of places.entries()) {
    assert.equal(isNew(orders(low), orders(low)), false);
    for (const high of places.slice(i + 1)) {
      assert.equal(isNew(orders(low), orders(high)), true, `${low} < ${high}`);
      assert.equal(isNew(orders(high), orders(low)), false);
    }
  }
  assert.equal(isNew(undefined, orders(1)), true);
  assert.equal(isNew(orders(9), token('orders', 1, 'epochBBBBB')), true);
});

test('a cursor is 1 and whole tokens; a bare token is one of one', () => {
  assert.deepEqual(parseCursor(cursor(orders(1), inbox(2))), [orders(1), inbox(2)]);
  assert.deepEqual(parseCursor(orders(1)), [orders(1)]);
  assert.deepEqual(parseCursor('1'), []);
  for (const bad of ['', '2', '1abc', `1${orders(1)}x`, `1${orders(1).slice(1)}!`, null, undefined, 7]) {
    assert.equal(parseCursor(bad), null);
  }
  assert.equal(isToken(orders(1)), true);
  assert.equal(isToken(`${orders(1)}A`), false);
});

// ---- streaming --------------------------------------------------------------------------------

test('the first request names topics, device and own ids, and carries the token', async () => {
  const w = await world({ topics: ['orders', 'a/b,c'], token: async () => 'secret', from: 'start' });
  const { url, credential, init } = w.last();
  assert.equal(url, 'https://host/push?topics=orders,a%2Fb%2Cc&from=start&ids=own&device=dev');
  assert.equal(credential, 'Bearer secret');
  assert.equal(init.headers.Accept, 'text/event-stream');
});

test('messages come with topic, event, text, json and position', async () => {
  const w = await world();
  const body = await w.open();
  body.write(event(orders(1), '{"seq":1}', 'created') + event(orders(2), 'a\ndata: b'));
  body.write(`id: ${orders(3)}\nenc: base64\ndata: AP8=\n\n`);
  await settle();
  const [first, second, third] = w.log.messages;
  assert.deepEqual([first.topic, first.event, first.data, first.at], ['orders', 'created', '{"seq":1}', orders(1)]);
  assert.deepEqual(first.json(), { seq: 1 });
  assert.equal(second.event, 'message');
  assert.equal(second.data, 'a\nb');
  assert.deepEqual([...third.binary], [0, 255]);
  assert.equal(w.client.transport, 'sse');
  assert.equal(w.client.session, 's1');
  assert.deepEqual(w.log.opens, [{ transport: 'sse', session: 's1', resumed: false }]);
});

test('a character cut between two pieces arrives whole', async () => {
  const w = await world();
  const body = await w.open();
  const bytes = new TextEncoder().encode(event(orders(1), 'grün 工单'));
  for (const byte of bytes) body.write(Uint8Array.of(byte));
  await settle();
  await settle();
  await new Promise(resolve => setTimeout(resolve, 20));
  assert.deepEqual(w.data(), ['grün 工单']);
});

test('duplicates are dropped by one comparison, a new epoch is none', async () => {
  const w = await world();
  const body = await w.open();
  body.write(event(orders(1), 'a') + event(orders(1), 'a') + event(orders(3), 'b') + event(orders(2), 'late'));
  body.write(event(token('orders', 1, 'epochBBBBB'), 'c'));
  await settle();
  assert.deepEqual(w.data(), ['a', 'b', 'c']);
});

test('after a cut it goes on behind the last message of each topic', async () => {
  const w = await world();
  const body = await w.open({ orders: orders(5), '@alice': inbox(2) });
  assert.equal(w.client.cursor, cursor(orders(5), inbox(2)));
  body.write(event(orders(6), 'a') + event(orders(7), 'b'));
  await settle();
  body.cut();
  await w.clock.advance(2500);
  const again = w.of('sse').at(-1);
  assert.equal(w.of('sse').length, 2);
  assert.equal(again.query.get('after'), cursor(orders(7), inbox(2)));
  assert.equal(again.query.get('from'), null);
  await w.open({ orders: orders(7), '@alice': inbox(2) });
  assert.equal(w.log.opens.at(-1).resumed, true);
});

test('a client may begin behind the cursor of an earlier one', async () => {
  const w = await world({ cursor: cursor(orders(4)), from: 'start' });
  assert.equal(w.last().query.get('after'), cursor(orders(4)));
  const body = await w.open({ orders: orders(4) });
  body.write(event(orders(4), 'old') + event(orders(5), 'new'));
  await settle();
  assert.deepEqual(w.data(), ['new']);
});

test('a gap is told, moves the position, also backwards, and leaves other topics alone', async () => {
  const w = await world();
  const body = await w.open({ orders: orders(90), '@alice': inbox(2) });
  const top = token('orders', 3, 'epochBBBBB');
  body.write(`id: ${top}\nevent: tidings.gap\ndata: ${JSON.stringify({ topics: ['orders'], at: { orders: top } })}\n\n`);
  body.write(event(token('orders', 4, 'epochBBBBB'), 'after'));
  await settle();
  assert.deepEqual(w.log.gaps, [{ topics: ['orders'], at: { orders: top }, transport: 'sse' }]);
  assert.deepEqual(w.data(), ['after']);
  assert.equal(w.client.cursor, cursor(token('orders', 4, 'epochBBBBB'), inbox(2)));
});

test('the unread number follows hello and state', async () => {
  const w = await world();
  const body = await w.open(undefined, { unread: 3 });
  body.write('event: tidings.state\ndata: {"unread":2}\n\nevent: tidings.state\ndata: {"unread":2}\n\n');
  await settle();
  assert.deepEqual(w.log.unread, [3, 2]);
  assert.equal(w.client.unread, 2);
});

test('a handler that throws is reported and the stream goes on', async () => {
  const w = await world();
  w.client.on('message', message => {
    if (message.data === 'a') throw new Error('page');
  });
  w.client.on('message', async message => {
    if (message.data === 'b') throw new Error('later');
  });
  const body = await w.open();
  body.write(event(orders(1), 'a') + event(orders(2), 'b') + event(orders(3), 'c'));
  await settle();
  assert.deepEqual(w.data(), ['a', 'b', 'c']);
  assert.deepEqual(w.log.errors.map(e => [e.kind, e.error.message, e.fatal]), [['handler', 'page', false], ['handler', 'later', false]]);
  assert.equal(w.client.cursor, cursor(orders(3)));
});

test('a handler that closes the client gets nothing more', async () => {
  const w = await world();
  w.client.on('message', () => w.client.close());
  const body = await w.open();
  body.write(event(orders(1), 'a') + event(orders(2), 'b'));
  await w.clock.advance(60000);
  assert.deepEqual(w.data(), ['a']);
  assert.equal(w.of('sse').length, 1);
  assert.equal(w.client.state, 'closed');
});

test('a removed handler hears nothing', async () => {
  const w = await world();
  let heard = 0;
  const off = w.client.on('message', () => heard++);
  const body = await w.open();
  body.write(event(orders(1), 'a'));
  await settle();
  off();
  body.write(event(orders(2), 'b'));
  await settle();
  assert.equal(heard, 1);
});

test('subscribe and unsubscribe ask anew at once with the cursor kept', async () => {
  const w = await world();
  await w.open({ orders: orders(5) });
  w.client.subscribe(['news', 'orders']);
  await settle();
  assert.equal(w.requests[0].aborted, true);
  assert.equal(w.last().query.get('topics'), 'orders,news');
  assert.equal(w.last().query.get('after'), cursor(orders(5)));
  await w.open({ orders: orders(5), news: token('news', 1) });
  w.client.subscribe('news');
  await settle();
  assert.equal(w.of('sse').length, 2);
  w.client.unsubscribe('orders');
  await settle();
  assert.equal(w.last().query.get('topics'), 'news');
  assert.equal(w.last().query.get('after'), cursor(token('news', 1)));
});

// ---- coming back ------------------------------------------------------------------------------

async function delayOf(w, from, before = w.requests.length) {
  for (let ms = 0; ms <= 400000; ms += 50) {
    if (w.requests.length > before) return w.last().time - from;
    await w.clock.advance(50);
  }
  return Infinity;
}

test('backoff is full jitter: base 1 s doubling, at most 30 s', async () => {
  for (const [random, factor] of [[() => 0, 0], [() => 0.5, 0.5], [() => 0.999, 0.999]]) {
    const w = await world({ random });
    for (const bound of [1000, 2000, 4000, 8000, 16000, 30000, 30000]) {
      const [from, before] = [w.clock.time, w.requests.length];
      w.last().fail(new TypeError('down'));
      await settle();
      const delay = await delayOf(w, from, before);
      assert.ok(Math.abs(delay - bound * factor) < 60, `${delay} is not ${bound * factor}`);
    }
    w.client.close();
  }
});

test('after a clean end it comes back exactly when the last retry said', async () => {
  const w = await world();
  const body = await w.open();
  await w.clock.advance(10000);
  body.write('retry: 7300\n\n');
  body.end();
  await settle();
  const from = w.clock.time;
  assert.equal(w.log.states.at(-1).state, 'waiting');
  assert.equal(w.log.states.at(-1).retryInMs, 7300);
  assert.ok(Math.abs((await delayOf(w, from)) - 7300) < 60);
});

test('a busy answer of an event stream is a pause, not a reason to fall back', async () => {
  const w = await world();
  const body = w.last().stream();
  body.write('retry: 4000\n: busy\n\n');
  body.end();
  await settle();
  assert.ok(Math.abs((await delayOf(w, w.clock.time)) - 4000) < 60);
  assert.equal(w.last().kind, 'sse');
});

test('Retry-After and Tidings-Poll-After are honoured, also when the page wakes', async () => {
  for (const [headers, least, most] of [
    [{ 'retry-after': '20' }, 20000, 22100],
    [{ 'retry-after': '20', 'tidings-poll-after': '21500' }, 21500, 21600],
    [{ 'retry-after': new Date(1_000_000 + 12_000).toUTCString() }, 12000, 13300],
  ]) {
    const w = await world({ transports: ['short-poll'] });
    w.last().answer(429, {}, headers);
    await settle();
    const from = w.clock.time;
    await w.clock.advance(2000);
    w.window.fire('online');
    await settle();
    assert.equal(w.requests.length, 1);
    const delay = await delayOf(w, from);
    assert.ok(delay >= least && delay <= most, `${delay}`);
  }
});

test('token is asked before each connection and once more on 401', async () => {
  const asked = [];
  const w = await world({ token: async ({ refused }) => `t${asked.push(refused)}` });
  assert.equal(w.last().credential, 'Bearer t1');
  w.last().answer(401, {});
  await settle();
  assert.deepEqual(asked, [false, true]);
  assert.equal(w.last().credential, 'Bearer t2');
  assert.equal(w.requests[1].time, w.requests[0].time);
  const body = await w.open();
  body.cut();
  await w.clock.advance(2500);
  assert.deepEqual(asked, [false, true, false]);
});

test('a second 401 stops and says so; reconnect begins again', async () => {
  const w = await world({ token: async () => 'old' });
  w.last().answer(401, {});
  await settle();
  w.last().answer(401, {});
  await w.clock.advance(600000);
  assert.equal(w.requests.length, 2);
  assert.equal(w.client.state, 'stopped');
  assert.deepEqual(w.log.errors, [{ kind: 'unauthorized', status: 401, fatal: true }]);
  w.client.reconnect();
  await settle();
  assert.equal(w.requests.length, 3);
});

test('reconnect from the handler that hears of the stop begins again', async () => {
  const w = await world({ onerror: () => w.requests.length < 3 && w.client.reconnect() });
  w.last().answer(403, {});
  await settle();
  assert.equal(w.requests.length, 2);
});

test('401 without a token function, 403 and 204 of a stream stop on purpose', async () => {
  for (const status of [401, 403, 204, 400]) {
    const w = await world();
    w.last().answer(status, {});
    await w.clock.advance(600000);
    assert.equal(w.requests.length, 1, `${status}`);
    assert.equal(w.client.state, 'stopped');
    assert.equal(w.log.errors.length, 1);
  }
});

test('a token function that fails is reported and tried again', async () => {
  let calls = 0;
  const token = async () => {
    if (++calls === 1) throw new Error('login');
    return 'fine';
  };
  const w = await world({ token });
  assert.equal(w.requests.length, 0);
  assert.equal(w.log.errors[0].kind, 'token');
  await w.clock.advance(1000);
  assert.equal(w.last().credential, 'Bearer fine');
});

// ---- falling back -----------------------------------------------------------------------------

test('SSE refused in kind -> long poll -> short poll, at once and in this order', async () => {
  const w = await world({ cursor: cursor(orders(0)) });
  w.last().answer(200, '<html>', { 'content-type': 'text/html' });
  await settle();
  assert.equal(w.last().kind, 'poll');
  assert.equal(w.last().query.get('wait'), '25');
  w.last().answer(504, '', { 'content-type': 'text/html' });
  await settle();
  assert.equal(w.last().query.get('wait'), null);
  w.last().answer(200, poll(orders(0)));
  await settle();
  assert.equal(w.requests.every(request => request.time === w.requests[0].time), true);
  assert.deepEqual(w.log.transports, [{ transport: 'short-poll', previous: null, reason: 'the answer is no event stream' }]);
});

test('a proxy that buffers is found when no hello came for 5 s', async () => {
  const w = await world({ cursor: cursor(orders(0)) });
  w.last().stream().write(':\n\n');
  await w.clock.advance(4900);
  assert.equal(w.requests.length, 1);
  await w.clock.advance(200);
  assert.equal(w.requests[0].aborted, true);
  assert.equal(w.last().query.get('wait'), '25');
});

test('a browser without body streams and an empty stream fall back', async () => {
  const w = await world({ cursor: cursor(orders(0)) });
  w.last().answer(200, '', { 'content-type': 'text/event-stream' });
  await settle();
  assert.equal(w.last().query.get('wait'), '25');
  const v = await world({ cursor: cursor(orders(0)) });
  v.last().stream().end();
  await settle();
  assert.equal(v.last().query.get('wait'), '25');
});

test('it returns to the better transport after 60 s, then after 120 s, with the cursor', async () => {
  const w = await world();
  const times = [w.clock.time];
  w.last().answer(406, '');
  await settle();
  for (let i = 0; i < 30; i++) {
    const { query, kind } = w.last();
    if (kind === 'sse') {
      times.push(w.last().time);
      assert.equal(query.get('after'), cursor(orders(i)));
      if (times.length === 4) break;
      w.last().answer(406, '');
      await settle();
    }
    await w.clock.advance(20000);
    w.last().answer(200, poll(orders(i + 1), [note(i + 1)]));
    await settle();
  }
  assert.deepEqual(times.map((time, i) => time - (times[i - 1] ?? time)), [0, 60000, 120000, 240000]);
  await w.open({ orders: orders(0) });
  assert.equal(w.client.transport, 'sse');
  assert.deepEqual(w.log.transports.map(t => t.transport), ['long-poll', 'sse']);
  assert.equal(new Set(w.data()).size, w.data().length);
});

test('when every transport is refused it backs off on the last one', async () => {
  const w = await world({ random: () => 0.999 });
  for (let i = 0; i < 6; i++) {
    w.last().answer(404, '');
    await w.clock.advance(31000);
  }
  assert.ok(w.requests.length <= 12);
  assert.ok(w.log.states.some(state => state.state === 'waiting'));
});

test('transports may be restricted; unknown ones are refused', async () => {
  const w = await world({ transports: ['short-poll'] });
  assert.equal(w.last().kind, 'poll');
  assert.throws(() => connect('/push', { transports: ['pigeon'] }), TypeError);
  assert.throws(() => connect('/push', { transports: [] }), TypeError);
});

// ---- polls ------------------------------------------------------------------------------------

test('a short poll keeps the pace of the server and its cursor', async () => {
  const w = await world({ transports: ['short-poll'] });
  assert.equal(w.last().query.get('after'), null);
  w.last().answer(200, poll(orders(2), [note(1), note(2)], { unread: 4, poll_after_ms: 8000 }));
  await settle();
  assert.deepEqual(w.data(), ['m1', 'm2']);
  assert.deepEqual(w.log.unread, [4]);
  assert.equal(await delayOf(w, w.clock.time), 8000);
  assert.equal(w.last().query.get('after'), cursor(orders(2)));
  w.last().answer(204, '', { 'tidings-poll-after': '12000' });
  await settle();
  assert.equal(await delayOf(w, w.clock.time), 12000);
  w.last().answer(200, poll(orders(3), [note(3)]));
  await settle();
  assert.equal(await delayOf(w, w.clock.time), 30000);
  assert.equal(w.of('post').length, 0);
});

test('more asks again at once', async () => {
  const w = await world({ transports: ['short-poll'] });
  w.last().answer(200, poll(orders(1), [note(1)], { more: true, poll_after_ms: 9000 }));
  await settle();
  assert.equal(w.requests.length, 2);
});

test('a long poll is asked again at once, but an early empty answer keeps the pace', async () => {
  const w = await world({ transports: ['long-poll'] });
  w.last().answer(200, poll(orders(1), [note(1)], { poll_after_ms: 30000 }));
  await settle();
  assert.equal(w.requests.length, 2);
  await w.clock.advance(25000);
  w.last().answer(204, '', { 'tidings-poll-after': '30000' });
  await settle();
  assert.equal(w.requests.length, 3);
  w.last().answer(204, '', { 'tidings-poll-after': '6000' });
  await settle();
  assert.equal(await delayOf(w, w.clock.time), 6000);
});

test('a long poll without a cursor asks for one first and waits with it', async () => {
  const w = await world({ transports: ['long-poll'] });
  assert.equal(w.last().query.get('wait'), null);
  w.last().answer(200, poll(orders(7)));
  await settle();
  assert.equal(w.last().query.get('wait'), '25');
  assert.equal(w.last().query.get('after'), cursor(orders(7)));
});

test('a poll without an answer is given up', async () => {
  const w = await world({ transports: ['long-poll'], cursor: cursor(orders(0)) });
  await w.clock.advance(34000);
  assert.equal(w.requests.length, 1);
  await w.clock.advance(3000);
  assert.equal(w.requests[0].aborted, true);
  assert.equal(w.requests.length, 2);
});

test('gaps, duplicates and embedded JSON of polls', async () => {
  const w = await world({ transports: ['short-poll'], cursor: cursor(orders(5)) });
  const value = { at: orders(6), topic: 'orders', event: 'created', data: { seq: 1 } };
  w.last().answer(200, { cursor: cursor(orders(6), inbox(9)), messages: [note(5), value], gap: ['@alice'], poll_after_ms: 1000 });
  await settle();
  assert.deepEqual(w.data(), ['{"seq":1}']);
  assert.deepEqual(w.log.messages[0].json(), { seq: 1 });
  assert.deepEqual(w.log.gaps.map(gap => [gap.topics, gap.transport]), [[['@alice'], 'short-poll']]);
  await w.clock.advance(1000);
  assert.equal(w.last().query.get('after'), cursor(orders(6), inbox(9)));
});

test('a poll waits with its acknowledging cursor for a handler that is not done', async () => {
  const w = await world({ transports: ['short-poll'] });
  let done;
  w.client.on('message', () => new Promise(resolve => (done = resolve)));
  w.last().answer(200, poll(orders(1), [note(1)], { poll_after_ms: 1000 }));
  await w.clock.advance(5000);
  assert.equal(w.requests.length, 1);
  done();
  await settle();
  assert.equal(w.last().query.get('after'), cursor(orders(1)));
  assert.equal(w.requests.length, 2);
});

// ---- acknowledgements -------------------------------------------------------------------------

test('acknowledges at most once a second, all topics in one', async () => {
  const w = await world();
  const body = await w.open({ orders: orders(0), '@alice': inbox(0) });
  for (let i = 1; i <= 50; i++) {
    body.write(event(orders(i), `${i}`) + (i === 50 ? event(inbox(1), 'x') : ''));
    await w.clock.advance(100);
    for (const post of w.of('post')) post.answer(204);
  }
  await w.clock.advance(3000);
  const posts = w.of('post');
  posts.forEach((post, i) => assert.ok(i === 0 || post.time - posts[i - 1].time >= 1000));
  assert.ok(posts.length >= 5 && posts.length <= 7, `${posts.length}`);
  assert.equal(posts.at(-1).body.ack.includes(orders(50)), true);
  assert.deepEqual(parseCursor(posts.at(-1).body.ack).sort(), [inbox(1), orders(50)].sort());
});

test('an acknowledgement names the topics that were asked for, and the device', async () => {
  const w = await world({ topics: ['orders'], from: 'start' });
  const body = await w.open();
  body.write(event(orders(1), 'a'));
  await w.clock.advance(2000);
  assert.deepEqual([...w.of('post')[0].query], [['topics', 'orders'], ['device', 'dev']]);
});

test('acknowledges only what the handler has taken, and resumes there', async () => {
  const w = await world();
  const done = [];
  w.client.on('message', () => new Promise(resolve => done.push(resolve)));
  const body = await w.open();
  body.write(event(orders(1), 'a') + event(orders(2), 'b') + event(orders(3), 'c'));
  await w.clock.advance(2000);
  assert.equal(w.of('post').length, 0);
  done[1](); // the second before the first: nothing may be said yet
  await w.clock.advance(2000);
  assert.equal(w.of('post').length, 0);
  done[0]();
  await w.clock.advance(2000);
  assert.deepEqual(w.of('post').map(post => post.body), [{ ack: cursor(orders(2)) }]);
  body.cut();
  await w.clock.advance(2500);
  assert.equal(w.of('sse').at(-1).query.get('after'), cursor(orders(2)));
  const second = await w.open({ orders: orders(2) });
  second.write(event(orders(3), 'c'));
  await settle();
  assert.deepEqual(w.data(), ['a', 'b', 'c']);
});

test('an acknowledgement that fails is said again, ever more slowly', async () => {
  const w = await world();
  const body = await w.open();
  body.write(event(orders(1), 'a'));
  for (let i = 0; i < 40; i++) {
    await w.clock.advance(500);
    body.write(':\n\n');
    w.of('post').forEach(post => post.answer(503, ''));
    await settle();
  }
  const times = w.of('post').map(post => post.time);
  assert.ok(times.length >= 3 && times.length <= 6, `${times.length}`);
  assert.ok(times.at(-1) - times.at(-2) > times[1] - times[0]);
  assert.equal(w.of('post').at(-1).body.ack, cursor(orders(1)));
});

test('acknowledge: false says nothing', async () => {
  const w = await world({ acknowledge: false });
  const body = await w.open();
  body.write(event(orders(1), 'a'));
  await w.clock.advance(5000);
  w.window.fire('pagehide');
  assert.equal(w.of('post').length, 0);
});

test('the last acknowledgement outlives the page', async () => {
  const w = await world({ token: async () => 'secret' });
  const body = await w.open();
  body.write(event(orders(1), 'a'));
  await settle();
  w.window.fire('pagehide');
  const [post] = w.of('post');
  assert.equal(post.init.keepalive, true);
  assert.deepEqual(post.body, { ack: cursor(orders(1)) });
  assert.equal(post.credential, 'Bearer secret');
  await w.clock.advance(5000);
  assert.equal(w.of('post').length, 1);
});

// ---- silence and sleep ------------------------------------------------------------------------

test('the watchdog asks anew after 2.5 heartbeats of silence, not before', async () => {
  const w = await world();
  const body = await w.open(undefined, { heartbeat_ms: 2000 });
  for (let i = 0; i < 10; i++) {
    await w.clock.advance(2000);
    body.write(':\n\n');
    await settle();
  }
  assert.equal(w.requests.length, 1);
  await w.clock.advance(4900);
  assert.equal(w.requests[0].aborted, false);
  await w.clock.advance(200);
  assert.equal(w.requests[0].aborted, true);
  assert.equal(w.log.states.at(-1).reason, 'silence');
});

for (const [name, wake] of [
  ['visibilitychange', w => w.document.fire('visibilitychange')],
  ['online', w => w.window.fire('online')],
  ['pageshow', w => w.window.fire('pageshow', { persisted: false })],
]) {
  test(`after sleep ${name} asks anew at once, after a short one it does not`, async () => {
    const w = await world();
    await w.open(undefined, { heartbeat_ms: 10000 });
    w.clock.sleep(14000);
    wake(w);
    await settle();
    assert.equal(w.requests.length, 1);
    w.clock.sleep(2000);
    const from = w.clock.time;
    wake(w);
    await settle();
    assert.equal(w.requests.length, 2);
    assert.equal(w.last().time, from);
    assert.equal(w.last().query.get('after'), cursor(orders(0)));
  });
}

test('a page out of the back/forward cache asks anew at once', async () => {
  const w = await world();
  await w.open();
  w.window.fire('pageshow', { persisted: true });
  await settle();
  assert.equal(w.of('sse').length, 2);
});

test('a hidden page does not check', async () => {
  const w = await world();
  await w.open(undefined, { heartbeat_ms: 1000 });
  w.clock.sleep(10000);
  w.document.visibilityState = 'hidden';
  w.document.fire('visibilitychange');
  await settle();
  assert.equal(w.requests.length, 1);
});

test('coming online cuts a backoff short; an overdue short poll runs at once', async () => {
  const w = await world({ random: () => 0.9 });
  for (let i = 0; i < 5; i++) {
    const before = w.requests.length;
    w.last().fail(new TypeError('down'));
    await settle();
    if (i < 4) await delayOf(w, w.clock.time, before);
  }
  await w.clock.advance(1500);
  assert.equal(w.requests.length, 5);
  w.window.fire('online');
  await settle();
  assert.equal(w.requests.length, 6);

  const v = await world({ transports: ['short-poll'] });
  v.last().answer(200, poll(orders(1), [], { poll_after_ms: 10000 }));
  await v.clock.advance(2000);
  v.document.fire('visibilitychange');
  await settle();
  assert.equal(v.requests.length, 1);
  v.clock.sleep(60000);
  v.document.fire('visibilitychange');
  await settle();
  assert.equal(v.requests.length, 2);
});

test('close leaves no timer, no request and no listener behind', async () => {
  for (const transports of [['sse'], ['long-poll'], ['short-poll']]) {
    const w = await world({ transports });
    if (transports[0] === 'sse') await w.open();
    else if (transports[0] === 'short-poll') w.last().answer(200, poll(orders(0)));
    await settle();
    w.client.close();
    await settle();
    assert.equal(w.clock.pending, 0);
    assert.equal([...w.window.handlers.values(), ...w.document.handlers.values()].flat().length, 0);
    assert.equal(w.log.states.at(-1).state, 'closed');
    const count = w.requests.length;
    await w.clock.advance(100000);
    assert.equal(w.requests.length, count);
  }
});

// ---- what the page asks -----------------------------------------------------------------------

test('an answer to seen that newer news has overtaken does not set the number back', async () => {
  const w = await world();
  const body = await w.open(undefined, { unread: 3 });
  const result = w.client.seen(inbox(1));
  await settle();
  const asked = w.last();
  body.write('event: tidings.state\ndata: {"unread":2}\n\nevent: tidings.state\ndata: {"unread":0}\n\n');
  await settle();
  asked.answer(200, { unread: 2 });
  assert.equal(await result, 2);
  assert.deepEqual(w.log.unread, [3, 2, 0]);
});

test('seen marks tokens, messages or all, and moves the number', async () => {
  const w = await world();
  await w.open(undefined, { unread: 3 });
  const result = w.client.seen([{ at: inbox(1) }, inbox(2)]);
  await settle();
  assert.deepEqual(w.last().body, { seen: [inbox(1), inbox(2)] });
  w.last().answer(200, { unread: 1 });
  assert.equal(await result, 1);
  const all = w.client.seen('all');
  await settle();
  assert.deepEqual(w.last().body, { seen: 'all' });
  w.last().answer(200, { unread: 0 });
  assert.equal(await all, 0);
  assert.deepEqual(w.log.unread, [3, 1, 0]);
});

test('inbox lists, newest first as the server says, and refreshes the token once', async () => {
  const asked = [];
  const w = await world({ token: async ({ refused }) => `t${asked.push(refused)}` });
  const result = w.client.inbox({ before: inbox(9), limit: 5 });
  await settle();
  assert.equal(w.last().url, `https://host/push/inbox?before=${inbox(9)}&limit=5`);
  w.last().answer(401, {});
  await settle();
  assert.equal(w.last().credential, 'Bearer t2');
  const entry = { at: inbox(8), topic: '@alice', event: 'created', data: { a: 1 }, time: 5, seen: false, state: 'delivered' };
  w.last().answer(200, { messages: [entry], unread: 1, more: true });
  const { messages, unread, more } = await result;
  assert.deepEqual([messages[0].json(), messages[0].seen, messages[0].state, messages[0].time], [{ a: 1 }, false, 'delivered', 5]);
  assert.deepEqual([unread, more], [1, true]);
});

test('a refused question names status and code', async () => {
  const w = await world();
  const result = w.client.seen('all');
  await settle();
  w.last().answer(409, { error: 'no_inbox', message: 'This identity has no user.' });
  await assert.rejects(result, { name: 'TidingsError', status: 409, code: 'no_inbox', message: 'This identity has no user.' });
});

test('works where there is neither document nor window', async () => {
  const w = await world({ document: undefined, window: undefined });
  const body = await w.open();
  body.write(event(orders(1), 'a'));
  await settle();
  assert.deepEqual(w.data(), ['a']);
  assert.equal(EPOCH.length, 10);
  assert.equal(hello({}).startsWith('retry: 2000\n\n'), true);
});
