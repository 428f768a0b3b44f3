// SPDX-License-Identifier: BSL-1.0
//
// The demo in a real Chromium, on each HTTP server that it was built with. Environment: TIDINGS_BUILD_DIR,
// TIDINGS_SOURCE_DIR; TIDINGS_DEMO_SERVER: on this one only.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { launch, open, until } from './chromium.mjs';
import { Program } from './server.mjs';

const WAYS = ['short-poll', 'long-poll', 'sse', 'websocket'];
const program = join(process.env.TIDINGS_BUILD_DIR, 'examples/demo/tidings_demo');
const root = join(process.env.TIDINGS_SOURCE_DIR, 'examples');
const pictures = process.env.TIDINGS_BUILD_DIR;
const only = process.env.TIDINGS_DEMO_SERVER;
const words = (kind, port) => ['--port', `${port}`, '--poll', '1', '--root', root, '--server', kind];
const kinds = only ? [only] : execFileSync(program, ['--servers'], { encoding: 'utf8' }).trim().split('\n');

let server;
let browser;
let best; // what the fourth panel is carried by on this server

before(async () => (browser = await launch()));
after(() => browser?.close());

async function demo(query = '', options = {}) {
  const page = await open(browser, server.url + query, options);
  await until(page, () => window.demo && [...Object.values(window.demo.panels), ...Object.values(window.demo.chat)]
    .every(({ state }) => state === 'open'));
  return page;
}

const publish = (page, to, title, count) =>
  page.evaluate(([t, name, n]) => window.demo.publish(t, name, n), [to, title, count]);

const panels = page =>
  page.evaluate(() => Object.fromEntries(Object.entries(window.demo.panels).map(([way, { messages, duplicates, disorder, gaps, resumes, transport }]) =>
    [way, { seqs: messages.filter(({ topic }) => topic === 'orders').map(({ seq }) => seq), duplicates, disorder, gaps: gaps.map(({ topics }) => topics), resumes, transport }])));

/** Every panel has `count` more messages than `before`, the same ones, in order, none twice. */
async function expectAll(page, before, count) {
  const wanted = Object.fromEntries(WAYS.map(way => [way, before[way].seqs.length + count]));
  await until(page, want => Object.entries(want).every(([way, n]) =>
    window.demo.panels[way].messages.filter(({ topic }) => topic === 'orders').length >= n), wanted);
  const now = await panels(page);
  for (const way of WAYS) {
    const news = now[way].seqs.slice(before[way].seqs.length);
    assert.equal(news.length, count, way);
    assert.deepEqual(news, [...news].sort((a, b) => a - b), way);
    assert.equal(now[way].duplicates, 0, way);
    assert.equal(now[way].disorder, 0, way);
    assert.equal(now[way].transport, way === 'websocket' ? best : way);
    assert.deepEqual(news, now.sse.seqs.slice(-count), way);
  }
  return now;
}

const complaints = page => page.lines.filter(line => /ERR_INCOMPLETE|uncaught|tidings:/.test(line));

/** On every server. */
function everywhere() {
  test('every panel gets 100 publications in order', async () => {
    const page = await demo();
    const before = await panels(page);
    for (let i = 0; i < 10; i++) await publish(page, 'orders', 'Ten more', 10);
    await expectAll(page, before, 100);
    assert.deepEqual(complaints(page), []);
    await page.close();
  });

  test('every panel is cut and resumes without loss or duplicate', async () => {
    const page = await demo();
    const before = await panels(page);
    await page.click('[data-testid=scene-cut]');
    const now = await expectAll(page, before, 5);
    for (const way of ['sse', 'websocket']) assert.equal(now[way].resumes, 1, way);
    for (const way of WAYS) assert.deepEqual(now[way].gaps, [], way);
    if (best === 'websocket') {
      await until(page, () => window.demo.panels.websocket.roundTrip > 0);
      await until(page, () => window.demo.books.sessions.some(each => each.round_trip_ms > 0));
    }
    // A cut is an end in order: the stream had its last chunk.
    assert.deepEqual(complaints(page), []);
    await page.close();
  });

  test('a gap shows when the log no longer holds what was missed, and only then', async () => {
    const page = await demo();
    await page.click('[data-testid=scene-gap]');
    await until(page, () => Object.values(window.demo.panels).every(panel => panel.gaps.length > 0));
    const before = await panels(page);
    for (const way of WAYS) assert.deepEqual(before[way].gaps, [['orders']], way);
    assert.match(await page.textContent('[data-testid=panel-sse-log]'), /Gap in orders/);
    await publish(page, 'orders', 'After the gap', 5);
    await expectAll(page, before, 5);
    await page.close();
  });

  // Before bob comes: where a client that left during a long poll is not seen, he would be there still.
  test('the ledger shows who has it and who missed it', async () => {
    const page = await demo('?user=alice');
    await publish(page, 'orders', 'For all three', 1);
    // Alice is here, bob and carol are members who are not.
    await until(page, () => /1 delivered/.test(document.querySelector('[data-testid=publication]')?.textContent || ''));
    const missed = await page.textContent('[data-testid=publication] [data-testid=missed]');
    assert.match(missed, /bob/);
    assert.match(missed, /carol/);
    assert.doesNotMatch(missed, /alice/);
    await page.close();
  });

  test('the bell has the right number on two tabs', async () => {
    const [one, two] = await Promise.all([demo('?user=bob'), demo('?user=bob')]);
    const badge = page => page.evaluate(() => window.demo.bell.unread);
    const both = unread => Promise.all([one, two].map(page => until(page, n => window.demo.bell.unread === n, unread)));
    await both(0);
    await one.fill('[data-testid=publish-title]', 'Check the crane rope');
    await one.selectOption('[data-testid=publish-to]', '@bob');
    await one.fill('[data-testid=publish-count]', '3');
    await one.click('[data-testid=publish]');
    await both(3);
    assert.equal(await two.textContent('[data-testid=bell-badge]'), '3');
    await one.click('[data-testid=mark-seen] >> nth=0');
    await both(2);
    await two.click('[data-testid=mark-all]');
    await both(0);
    assert.equal(await badge(one), 0);
    assert.equal(await one.isHidden('[data-testid=bell-badge]'), true);
    for (const page of [one, two]) {
      assert.deepEqual(complaints(page), []);
      await page.close();
    }
  });

  test('customers and the agent chat; lines that are cut in the middle lose nothing and double nothing', async () => {
    const page = await demo();
    const heard = name => page.evaluate(who => window.demo.chat[who].heard.map(({ from, text }) => `${from}: ${text}`), name);
    const hears = (name, text) => until(page, ([who, what]) =>
      window.demo.chat[who].heard.some(each => each.text === what), [name, text]);
    await page.fill('[data-testid=chat-dora-text]', 'The printer is offline');
    await page.press('[data-testid=chat-dora-text]', 'Enter');
    await hears('kim', 'The printer is offline');
    // The agent answers the room that spoke last.
    await page.fill('[data-testid=chat-kim-text]', 'Is its lamp red?');
    await page.press('[data-testid=chat-kim-text]', 'Enter');
    await hears('dora', 'Is its lamp red?');
    await page.evaluate(async () => {
      const { dora, emil, kim } = window.demo.chat;
      for (let i = 1; i <= 10; i++) {
        dora.say(`red ${i}`);
        emil.say(`where ${i}`);
        if (i === 5) await Promise.all([dora.cut(), kim.cut()]);
      }
    });
    await Promise.all([hears('dora', 'red 10'), hears('emil', 'where 10'), hears('kim', 'red 10'), hears('kim', 'where 10')]);
    const count = Array.from({ length: 10 }, (_, i) => i + 1);
    const red = ['dora: The printer is offline', 'kim: Is its lamp red?', ...count.map(i => `dora: red ${i}`)];
    const where = count.map(i => `emil: where ${i}`);
    assert.deepEqual(await heard('dora'), red);
    assert.deepEqual(await heard('emil'), where);
    const all = await heard('kim');
    assert.deepEqual(all.filter(text => !text.startsWith('emil')), red);
    assert.deepEqual(all.filter(text => text.startsWith('emil')), where);
    await until(page, () => Object.values(window.demo.chat).every(({ pending }) => pending.length === 0));
    // A page that comes later reads what was said.
    const later = await demo();
    await until(later, n => window.demo.chat.kim.heard.length === n, all.length);
    assert.deepEqual(complaints(page), []);
    await Promise.all([page.close(), later.close()]);
  });

  test('WebSocket is blocked: clients go on with the next best, and come back, without loss', async () => {
    const page = await demo();
    const badge = () => page.textContent('[data-testid=panel-websocket-via]');
    const carried = by => until(page, ([panel, talk]) => window.demo.panels.websocket.transport === panel &&
      Object.values(window.demo.chat).every(({ transport }) => transport === talk), by);
    if (best !== 'websocket') {
      await carried(['sse', 'short-poll']);
      assert.equal(await badge(), 'SSE');
      await until(page, () => document.querySelector('[data-testid=block]').title !== '');
      assert.equal(await page.isDisabled('[data-testid=block]'), true);
      return page.close();
    }
    await carried(['websocket', 'websocket']);
    assert.equal(await badge(), 'WebSocket');
    const before = await panels(page);
    await page.click('[data-testid=block]');
    await publish(page, 'orders', 'While it is blocked', 3);
    await carried(['sse', 'short-poll']);
    assert.equal(await badge(), 'SSE');
    await page.evaluate(() => window.demo.chat.emil.say('Still there?'));
    // Not so soon after the last try, else they would wait.
    await page.evaluate(() => {
      const now = Date.now;
      Date.now = () => now() + 11000;
    });
    await until(page, () => window.demo.books.blocked && !document.querySelector('[data-testid=block]').disabled);
    await page.click('[data-testid=block]');
    await carried(['websocket', 'websocket']);
    assert.equal(await badge(), 'WebSocket');
    await publish(page, 'orders', 'When it is back', 2);
    await expectAll(page, before, 5);
    const { transports, gaps } = await page.evaluate(() => window.demo.panels.websocket);
    assert.deepEqual([transports, gaps], [['websocket', 'sse', 'websocket'], []]);
    assert.deepEqual(complaints(page), []);
    await page.close();
  });
}

/** What no server has a part in. */
function widths() {
  for (const [name, viewport] of [['desktop', { width: 1280, height: 900 }], ['phone', { width: 390, height: 844 }]]) {
    test(`nothing sticks out at ${name} width`, async () => {
      const page = await demo('', { viewport });
      await publish(page, 'orders', 'A work order with a name that is much longer than its line is wide', 3);
      await publish(page, '@alice', 'Check the crane rope before the night shift', 2);
      await page.evaluate(() => window.demo.chat.emil.say('Donaudampfschifffahrtsgesellschaftskapitaenskajuetenschluessel, please'));
      await until(page, () => document.querySelectorAll('[data-testid=publication]').length > 0);
      await until(page, () => document.querySelectorAll('[data-testid=inbox-item]').length > 0);
      const wide = await page.evaluate(() => [...document.querySelectorAll('main *')]
        .filter(each => each.getBoundingClientRect().right > innerWidth + 1).map(each => each.outerHTML.slice(0, 80)));
      assert.deepEqual(wide, []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
      await page.screenshot({ path: join(pictures, `demo-${name}.png`), fullPage: true });
      await page.close();
    });
  }
}

/** The server ends; clients are told in order. */
async function end(page) {
  assert.equal(await server.stop(), 0);
  assert.match(server.output, /saying goodbye[^]*ended/);
  await until(page, () => Object.values(window.demo.panels).every(panel => panel.state !== 'open'));
  assert.deepEqual(complaints(page), []);
}

function goodbye() {
  test('Ctrl-C says goodbye, and the console stays clean', async () => {
    const page = await demo('?user=carol');
    await end(page);
    await page.close();
  });
}

function comeback(kind) {
  test('Ctrl-C says goodbye, the console stays clean, and a server that comes back is found again', async () => {
    const page = await demo('?user=carol');
    const port = server.port;
    await end(page);
    server = await Program.start(program, words(kind, port));
    await until(page, () => Object.values(window.demo.panels).every(panel => panel.state === 'open'), undefined, 60000);
    // Another process has other logs: that is a gap, never silence.
    await until(page, () => window.demo.panels.sse.gaps.length > 0);
    await publish(page, 'orders', 'After the restart', 1);
    await until(page, () => Object.values(window.demo.panels).every(panel => panel.messages.some(({ title }) => title === 'After the restart')));
    assert.deepEqual(complaints(page), []);
    await page.close();
  });
}

for (const kind of kinds) {
  describe(`the demo on ${kind}`, () => {
    before(async () => {
      best = kind === 'httplib' ? 'sse' : 'websocket';
      server = await Program.start(program, words(kind, 0));
    });
    after(() => server?.stop());

    everywhere();
    if (kind !== 'listener') return goodbye();
    widths();
    comeback(kind);
  });
}
