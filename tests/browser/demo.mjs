// SPDX-License-Identifier: BSL-1.0
//
// The demo in a real Chromium. Environment: TIDINGS_BUILD_DIR, TIDINGS_SOURCE_DIR.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { launch, open, until } from './chromium.mjs';
import { Program } from './server.mjs';

const WAYS = ['short-poll', 'long-poll', 'sse'];
const program = join(process.env.TIDINGS_BUILD_DIR, 'examples/demo/tidings_demo');
const root = join(process.env.TIDINGS_SOURCE_DIR, 'examples');
const pictures = process.env.TIDINGS_BUILD_DIR;

let server;
let browser;

before(async () => {
  server = await Program.start(program, ['--port', '0', '--root', root]);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function demo(query = '', options = {}) {
  const page = await open(browser, server.url + query, options);
  await until(page, () => window.demo && Object.values(window.demo.panels).every(panel => panel.state === 'open'));
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
    assert.equal(now[way].transport, way);
  }
  assert.deepEqual(now.sse.seqs.slice(-count), now['short-poll'].seqs.slice(-count));
  assert.deepEqual(now.sse.seqs.slice(-count), now['long-poll'].seqs.slice(-count));
  return now;
}

const complaints = page => page.lines.filter(line => /ERR_INCOMPLETE|uncaught|tidings:/.test(line));

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
  let before = await panels(page);
  for (let round = 0; round < 3; round++) {
    await page.click('[data-testid=scene-cut]');
    before = await expectAll(page, before, 5);
  }
  const now = await panels(page);
  assert.ok(now.sse.resumes >= 3, `${now.sse.resumes} resumes`);
  for (const way of WAYS) assert.deepEqual(now[way].gaps, [], way);
  // A cut is an end in order: the stream had its last chunk.
  assert.deepEqual(complaints(page), []);
  await page.close();
});

test('a gap shows when the retention was exceeded, and only then', async () => {
  const page = await demo();
  await page.evaluate(() => Promise.all(Object.values(window.demo.panels).map(panel => panel.pause(true))));
  await publish(page, 'orders', 'Too many to keep', 600);
  await publish(page, 'orders', 'Too many to keep', 600);
  await page.evaluate(() => Promise.all(Object.values(window.demo.panels).map(panel => panel.pause(false).catch(() => {}))));
  await until(page, () => Object.values(window.demo.panels).every(panel => panel.gaps.length > 0));
  const before = await panels(page);
  for (const way of WAYS) assert.deepEqual(before[way].gaps, [['orders']], way);
  assert.match(await page.textContent('[data-testid=panel-sse-log]'), /Gap in orders/);
  await publish(page, 'orders', 'After the gap', 5);
  await expectAll(page, before, 5);
  await page.close();
});

test('the bell has the right number on two tabs', async () => {
  const [one, two] = [await demo('?user=bob'), await demo('?user=bob')];
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

for (const [name, viewport] of [['desktop', { width: 1280, height: 900 }], ['phone', { width: 390, height: 844 }]]) {
  test(`nothing sticks out at ${name} width`, async () => {
    const page = await demo('', { viewport });
    await publish(page, 'orders', 'A work order with a name that is much longer than its line is wide', 3);
    await publish(page, '@alice', 'Check the crane rope before the night shift', 2);
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

test('Ctrl-C says goodbye, the console stays clean, and a server that comes back is found again', async () => {
  const page = await demo('?user=carol');
  const port = server.port;
  assert.equal(await server.stop(), 0);
  assert.match(server.output, /saying goodbye[^]*ended/);
  await until(page, () => Object.values(window.demo.panels).every(panel => panel.state !== 'open'));
  assert.deepEqual(complaints(page), []);
  server = await Program.start(program, ['--port', `${port}`, '--root', root]);
  await until(page, () => Object.values(window.demo.panels).every(panel => panel.state === 'open'), undefined, 60000);
  // Another process has other logs: that is a gap, never silence.
  await until(page, () => window.demo.panels.sse.gaps.length > 0);
  await publish(page, 'orders', 'After the restart', 1);
  await until(page, () => Object.values(window.demo.panels).every(panel => panel.messages.some(({ title }) => title === 'After the restart')));
  assert.deepEqual(complaints(page), []);
  await page.close();
});
