// SPDX-License-Identifier: BSL-1.0
//
// curl, by hand as in a terminal.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { adapters, curl, curlAnswer, parseAnswer, Push } from './push.mjs';

for (const adapter of adapters) {
  describe(`curl and ${adapter}`, () => {
    let push;
    let url;
    before(async () => {
      push = await Push.start(adapter);
      url = `${push.url}push?user=alice`;
    });
    after(() => push?.stop());

    test('a stream comes event by event, and goes on after Last-Event-ID', async () => {
      const stream = curl('-i', '-H', 'Accept: text/event-stream', url);
      const { status, headers } = parseAnswer(await stream.until('\r\n\r\n'));
      assert.equal(status, 200);
      assert.equal(headers['content-type'], 'text/event-stream');
      assert.equal(headers['cache-control'], 'no-cache, no-transform');
      assert.equal(headers['x-accel-buffering'], 'no');
      assert.equal(headers['content-length'], undefined);
      let id;
      for (let i = 0; i < 5; i++) {
        const [data] = await push.publish();
        const event = await stream.event();
        assert.deepEqual([event.event, event.data], ['created', data]);
        id = event.id;
      }
      await stream.leave();
      const missed = await push.publish(3);
      const again = curl('-H', 'Accept: text/event-stream', '-H', `Last-Event-ID: ${id}`, url);
      for (const data of missed) assert.equal((await again.event()).data, data);
      await again.leave();
    });

    test('a stream that is ended has its last chunk', async () => {
      const stream = curl('-i', '-H', 'Accept: text/event-stream', `${push.url}push?user=bob`);
      await stream.until('\r\n\r\n');
      await push.control('disconnect', { user: 'bob' });
      // Exit code 18 would be a partial file.
      await stream.rest();
    });

    test('a long poll is answered when something comes', async () => {
      const first = JSON.parse((await curlAnswer(url)).body);
      assert.deepEqual(first.messages, []);
      const poll = curl('-i', `${url}&wait=20&after=${first.cursor}`);
      await push.open({ polls: 1 });
      const [data] = await push.publish();
      const { status, body } = parseAnswer(await poll.rest());
      assert.equal(status, 200);
      assert.deepEqual(JSON.parse(body).messages.map(message => message.data), [data]);
    });

    test('a short poll has its headers', async () => {
      const { status, headers, body } = await curlAnswer(url);
      assert.equal(status, 200);
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(headers['cache-control'], 'private, no-cache');
      assert.deepEqual(headers['vary'].split(', ').sort(), ['Authorization', 'Cookie', 'Origin']);
      assert.equal(headers['etag'], `"${JSON.parse(body).cursor}"`);
      assert.match(headers['tidings-poll-after'], /^\d+$/);
      assert.equal(Number(headers['content-length']), body.length);
      const same = await curlAnswer('-H', `If-None-Match: ${headers['etag']}`, url);
      assert.deepEqual([same.status, same.body], [304, '']);
      const none = await curlAnswer(`${url}&after=${JSON.parse(body).cursor}`);
      assert.deepEqual([none.status, none.body], [204, '']);
      const who = await curlAnswer(`${push.url}push`);
      assert.equal(who.status, 401);
      assert.equal(who.headers['cache-control'], 'no-store');
      assert.equal(JSON.parse(who.body).error, 'unauthorized');
    });

    test('HEAD is answered at once and without a body', async () => {
      for (const target of [url, `${url}&wait=20`]) {
        const { status, headers, body } = await curlAnswer('--head', '--max-time', '10', target);
        assert.deepEqual([status, body], [200, '']);
        assert.equal(headers['content-type'], 'application/json');
      }
    });

    test('pages of allowed origins may come in, others not', async () => {
      const preflight = origin => curlAnswer('-X', 'OPTIONS', '-H', `Origin: ${origin}`, '-H', 'Access-Control-Request-Method: POST',
        '-H', 'Access-Control-Request-Headers: content-type', url);
      const allowed = await preflight('https://app.example');
      assert.equal(allowed.status, 204);
      assert.equal(allowed.headers['access-control-allow-origin'], 'https://app.example');
      assert.match(allowed.headers['access-control-allow-methods'], /POST/);
      assert.match(allowed.headers['access-control-allow-headers'], /content-type/i);
      assert.equal(allowed.headers['access-control-allow-credentials'], 'true');
      const refused = await preflight('https://evil.example');
      assert.equal(refused.status, 403);
      assert.equal(refused.headers['access-control-allow-origin'], undefined);
      for (const words of [[], ['-H', 'Accept: text/event-stream'], ['-X', 'POST', '-H', 'Content-Type: application/json', '-d', '{}']]) {
        assert.equal((await curlAnswer('-H', 'Origin: https://evil.example', ...words, url)).status, 403);
      }
      const read = await curlAnswer('-H', 'Origin: https://app.example', url);
      assert.equal(read.headers['access-control-allow-origin'], 'https://app.example');
    });

    test('an unreadable cursor is a gap of all topics, never an error', async () => {
      for (const cursor of ['nonsense', '1short', '%00', '9'.repeat(100)]) {
        const { status, body } = await curlAnswer(`${url}&after=${cursor}`);
        assert.equal(status, 200, cursor);
        assert.deepEqual(JSON.parse(body).gap.sort(), ['@alice', 'orders'], cursor);
      }
      const stream = curl('-H', 'Accept: text/event-stream', '-H', 'Last-Event-ID: nonsense', url);
      const gaps = [await stream.event(), await stream.event()];
      for (const gap of gaps) assert.equal(gap.event, 'tidings.gap');
      assert.deepEqual(gaps.flatMap(gap => JSON.parse(gap.data).topics).sort(), ['@alice', 'orders']);
      await stream.leave();
    });
  });
}
