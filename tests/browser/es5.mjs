// SPDX-License-Identifier: BSL-1.0
//
// The client for old browsers: is it ES5 and short, and does it do what it says?

import { parse } from 'acorn';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import vm from 'node:vm';
import { web } from './web.mjs';

const text = readFileSync(join(web, 'poll.es5.js'), 'utf8');

test('poll.es5.js is ES5 in under 60 lines', () => {
  parse(text, { ecmaVersion: 5 });
  assert.throws(() => parse(`${text}\nlet a = () => 1;`, { ecmaVersion: 5 }), SyntaxError);
  assert.ok(text.trimEnd().split('\n').length < 60);
});

/** A page of an old browser: requests and timers that the test drives. */
function page(options) {
  const requests = [];
  const timers = [];
  const errors = [];
  class XMLHttpRequest {
    headers = {};
    open(method, url) {
      Object.assign(this, { method, url });
      requests.push(this);
    }
    setRequestHeader(name, value) {
      this.headers[name] = value;
    }
    send() {}
    abort() {
      this.aborted = true;
    }
    getResponseHeader(name) {
      return this.answered[name.toLowerCase()] ?? null;
    }
    answer(status, body = '', headers = {}) {
      const responseText = typeof body === 'string' ? body : JSON.stringify(body);
      Object.assign(this, { readyState: 4, status, responseText, answered: headers });
      this.onreadystatechange();
    }
  }
  const context = {
    XMLHttpRequest,
    setTimeout: (action, ms) => timers.push({ action, ms }),
    clearTimeout: id => void (timers[id - 1] && (timers[id - 1].cleared = true)),
    console: { error: error => errors.push(error) },
    options,
  };
  vm.runInNewContext(`${text}\nvar poll = tidingsPoll('/push', options);`, context);
  return { requests, timers, errors, poll: context.poll, last: () => requests[requests.length - 1] };
}

test('it keeps the cursor, tells messages, gaps and unread, and keeps the pace', () => {
  const told = [];
  const p = page({
    topics: ['orders', 'a b'],
    device: 'tab 1',
    token: () => 'secret',
    onmessage: message => told.push(message.data),
    ongap: gap => told.push(gap),
    onunread: unread => told.push(unread),
  });
  assert.equal(p.last().url, '/push?topics=orders,a%20b&device=tab%201');
  assert.equal(p.last().headers.Authorization, 'Bearer secret');
  const messages = [{ at: 'x', topic: 'orders', data: 'one' }, { at: 'y', topic: 'orders', data: 'two' }];
  p.last().answer(200, { cursor: '1abc', messages, gap: ['orders'], unread: 2, poll_after_ms: 7000 });
  assert.deepEqual(JSON.parse(JSON.stringify(told)), [['orders'], 'one', 'two', 2]);
  assert.equal(p.timers.at(-1).ms, 7000);
  p.timers.at(-1).action();
  assert.equal(p.last().url, '/push?topics=orders,a%20b&device=tab%201&after=1abc');
  p.last().answer(204, '', { 'tidings-poll-after': '9000' });
  assert.equal(p.timers.at(-1).ms, 9000);
  p.timers.at(-1).action();
  p.last().answer(200, { cursor: '1abd', messages: [], more: true, poll_after_ms: 9000 });
  assert.equal(p.timers.at(-1).ms, 0);
  assert.equal(p.poll.cursor, '1abd');
});

test('429 and 503 are honoured, no network is a pause, 401 stops', () => {
  const statuses = [];
  const p = page({ topics: ['orders'], onerror: status => statuses.push(status) });
  const asked = [
    [429, { 'retry-after': '20' }, 20000],
    [503, { 'retry-after': '20', 'tidings-poll-after': '12000' }, 12000],
    [0, {}, 30000],
  ];
  for (const [status, headers, least] of asked) {
    p.last().answer(status, '', headers);
    const { ms, action } = p.timers.at(-1);
    assert.ok(ms >= least && ms <= least * 1.1, `${status}: ${ms}`);
    action();
  }
  const count = p.timers.length;
  p.last().answer(401);
  assert.equal(p.timers.length, count);
  assert.deepEqual(statuses, [429, 503, 0, 401]);
});

test('a handler that throws and an answer that is no JSON do not stop it; stop does', () => {
  const p = page({ topics: [], onmessage: () => { throw new Error('page'); } });
  p.last().answer(200, { cursor: '1abc', messages: [{ data: 'one' }], poll_after_ms: 1000 });
  assert.equal(p.errors.length, 1);
  p.timers.at(-1).action();
  p.last().answer(200, '<html>');
  assert.equal(p.timers.at(-1).ms, 30000);
  p.timers.at(-1).action();
  p.poll.stop();
  assert.equal(p.last().aborted, true);
  assert.equal(p.timers.at(-1).cleared, true);
});
