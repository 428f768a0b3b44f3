// SPDX-License-Identifier: BSL-1.0
//
// A bare EventSource of Chromium: what any page can do without our client.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, open, until } from '../browser/chromium.mjs';
import { adapters, Push } from './push.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** A page with an EventSource, open; `window.seen`: the data that came, `window.opens`: how often it connected. */
async function listen(push, user, query = '') {
  const page = await open(browser, push.url);
  page.requests = [];
  page.on('request', request => page.requests.push(request));
  await page.evaluate(url => {
    Object.assign(window, { seen: [], opens: 0, source: new EventSource(url) });
    window.source.addEventListener('created', event => window.seen.push(event.data));
    window.source.addEventListener('open', () => window.opens++);
  }, `push?user=${user}${query}`);
  return page;
}

const opened = (page, times) => until(page, n => window.opens >= n, times);
const closed = page => until(page, () => window.source.readyState === EventSource.CLOSED);

/** Waits until so much came, and compares. */
async function expectSeen(page, data) {
  await until(page, n => window.seen.length >= n, data.length);
  assert.deepEqual(await page.evaluate(() => window.seen), data);
}

/** A stream that is cut off is told as ERR_INCOMPLETE_CHUNKED_ENCODING, or with HTTP/1.0 as a failed request. */
function expectCleanConsole(page, allowed = []) {
  const cuts = page.lines.filter(line => /ERR_|uncaught|failed/i.test(line) && !allowed.some(each => each.test(line)));
  assert.deepEqual(cuts, []);
}

// Also a connection that a server had not looked at yet when it stopped.
const gone = [/ERR_CONNECTION_REFUSED/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/];

for (const adapter of adapters) {
  describe(`Chromium and ${adapter}`, () => {
    let push;
    before(async () => (push = await Push.start(adapter)));
    after(() => push?.stop());

    test('events come in order, and a cut loses none', async () => {
      const page = await listen(push, 'alice');
      await opened(page, 1);
      const data = [];
      for (let round = 1; round <= 3; round++) {
        data.push(...await push.publish(50));
        await expectSeen(page, data);
        await push.control('disconnect', { user: 'alice' });
        // While it is away, or before it went.
        data.push(...await push.publish(50));
        await opened(page, round + 1);
        await expectSeen(page, data);
      }
      const streams = page.requests.filter(request => /user=alice/.test(request.url()));
      const headers = await Promise.all(streams.map(request => request.allHeaders()));
      assert.equal(headers[0]['last-event-id'], undefined);
      for (const again of headers.slice(1)) assert.match(again['last-event-id'], /^1[\w-]{24,}$/);
      expectCleanConsole(page);
      await page.close();
    });

    test('credentials that end, end the stream in order', async () => {
      const page = await listen(push, 'brief');
      await opened(page, 1);
      const data = await push.publish(2);
      await opened(page, 2);
      data.push(...await push.publish(2));
      await opened(page, 3);
      await expectSeen(page, data);
      expectCleanConsole(page);
      await page.close();
    });

    test('callbacks that throw harm nobody', async () => {
      const [page, other] = [await listen(push, 'throwing'), await listen(push, 'bystander')];
      await opened(page, 1);
      await opened(other, 1);
      const data = await push.publish(2);
      await expectSeen(page, data);
      await push.control('disconnect', { user: 'throwing' });
      data.push(...await push.publish(2));
      await opened(page, 2);
      await expectSeen(page, data);
      await expectSeen(other, data);
      // Those that decide about the stream itself end it with a 500.
      for (const query of ['&throw', '&topics=public']) {
        const refused = await listen(push, 'throwing', query);
        await closed(refused);
        assert.match(refused.lines.join('\n'), /status of 500/);
        // The body of a refusal is not waited for.
        expectCleanConsole(refused, [/status of 500/, /ERR_ABORTED/]);
        await refused.close();
      }
      assert.equal(await other.evaluate(() => window.opens), 1);
      expectCleanConsole(page);
      expectCleanConsole(other);
      await page.close();
      await other.close();
    });

    test('who may not come in is told so, and stays away', async () => {
      const page = await listen(push, '');
      await closed(page);
      assert.match(page.lines.join('\n'), /status of 401/);
      await page.close();
    });

    test('a drain ends streams in order, and they keep coming back', async () => {
      const page = await listen(push, 'alice');
      await opened(page, 1);
      await push.control('drain');
      // Refused politely: with an answer that an EventSource comes back after.
      await opened(page, 4);
      expectCleanConsole(page);
      await page.close();
    });

    test('a server that stops ends streams in order, and is found again', async () => {
      await push.stop();
      push = await Push.startAgain(adapter);
      const port = push.port;
      const page = await listen(push, 'alice');
      await opened(page, 1);
      await push.stop();
      await until(page, () => window.source.readyState === EventSource.CONNECTING);
      expectCleanConsole(page, gone);
      push = await Push.startAgain(adapter, port);
      await opened(page, 2);
      await expectSeen(page, await push.publish(2));
      expectCleanConsole(page, gone);
      await page.close();
    });
  });
}
