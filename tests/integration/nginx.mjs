// SPDX-License-Identifier: BSL-1.0
//
// nginx in front: with nothing but proxy_pass, and with a cache.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Nginx } from './proxy.mjs';
import { adapters, curl, curlAnswer, parseAnswer, Push } from './push.mjs';

const bearer = user => ['-H', `Authorization: Bearer ${user}`];
const stream = ['-H', 'Accept: text/event-stream'];
const texts = body => JSON.parse(body).messages.map(message => message.data);

for (const adapter of adapters) {
  describe(`nginx in front of ${adapter}`, () => {
    let push;
    let nginx;
    before(async () => {
      push = await Push.start(adapter);
      nginx = await Nginx.start(`location / { proxy_pass ${push.url}; }`);
    });
    after(async () => {
      await nginx?.stop();
      await push?.stop();
    });

    test('a stream flows event by event, and ends in order', async () => {
      const client = curl('-i', ...stream, ...bearer('alice'), `${nginx.url}push`);
      const { status, headers } = parseAnswer(await client.until('\r\n\r\n'));
      assert.equal(status, 200);
      assert.equal(headers['content-type'], 'text/event-stream');
      for (let i = 0; i < 5; i++) {
        const [data] = await push.publish();
        assert.equal((await client.event()).data, data);
      }
      await push.control('disconnect', { user: 'alice' });
      await client.rest();
    });

    test('a client that leaves nginx leaves the application', async () => {
      const client = curl('-i', ...stream, ...bearer('alice'), `${nginx.url}push`);
      await client.until('\r\n\r\n');
      await push.open({ streams: 1 });
      await client.leave();
      await push.open({ streams: 0 });
    });

    test('long polls flow one by one', async () => {
      let { cursor } = JSON.parse((await curlAnswer(...bearer('alice'), `${nginx.url}push`)).body);
      for (let i = 0; i < 3; i++) {
        const poll = curl('-i', ...bearer('alice'), `${nginx.url}push?wait=20&after=${cursor}`);
        await push.open({ polls: 1 });
        const [data] = await push.publish();
        const { status, body } = parseAnswer(await poll.rest());
        assert.equal(status, 200);
        assert.deepEqual(texts(body), [data]);
        ({ cursor } = JSON.parse(body));
      }
    });
  });

  describe(`nginx with a cache in front of ${adapter}`, () => {
    let push;
    let nginx;
    before(async () => {
      push = await Push.start(adapter);
      nginx = await Nginx.start(
        `location / {
          proxy_pass ${push.url};
          proxy_cache all;
          proxy_cache_valid 200 10m;
          add_header X-Cache-Status $upstream_cache_status always;
        }`,
        folder => `proxy_cache_path ${folder}/cache keys_zone=all:1m;`);
    });
    after(async () => {
      await nginx?.stop();
      await push?.stop();
    });

    test('the cache works: the page comes out of it', async () => {
      assert.equal((await curlAnswer(nginx.url)).headers['x-cache-status'], 'MISS');
      assert.equal((await curlAnswer(nginx.url)).headers['x-cache-status'], 'HIT');
    });

    test('no poll comes out of it, and nobody gets the answer to another', async () => {
      // The same URL for both, whether it names a cursor or not.
      let target = `${nginx.url}push`;
      for (let round = 0; round < 3; round++) {
        for (const user of ['alice', 'bob', 'alice']) {
          const [data] = await push.publish(1, `@${user}`);
          const { status, headers, body } = await curlAnswer(...bearer(user), target);
          assert.equal(status, 200);
          assert.notEqual(headers['x-cache-status'], 'HIT');
          assert.equal(texts(body).at(-1), data);
          assert.doesNotMatch(body, user === 'alice' ? /@bob/ : /@alice/);
        }
        const { cursor } = JSON.parse((await curlAnswer(...bearer('alice'), `${nginx.url}push`)).body);
        target = `${nginx.url}push?after=${cursor}`;
      }
    });

    test('nor does an inbox, a stream, or a refusal', async () => {
      await push.publish(1, '@alice');
      for (const user of ['alice', 'bob']) {
        const inbox = await curlAnswer(...bearer(user), `${nginx.url}push/inbox`);
        assert.equal(inbox.status, 200);
        assert.notEqual(inbox.headers['x-cache-status'], 'HIT');
        assert.match(inbox.body, new RegExp(`@${user}`));

      }
      for (const user of ['carol', 'dave']) {
        const client = curl('-i', ...stream, ...bearer(user), `${nginx.url}push`);
        const { headers } = parseAnswer(await client.until('\r\n\r\n'));
        assert.notEqual(headers['x-cache-status'], 'HIT');
        const [data] = await push.publish(1, `@${user}`);
        assert.equal((await client.event()).data, data);
        await push.control('disconnect', { user });
        await client.rest();
      }
      for (let i = 0; i < 2; i++) {
        const refused = await curlAnswer(`${nginx.url}push`);
        assert.equal(refused.status, 401);
        assert.notEqual(refused.headers['x-cache-status'], 'HIT');
      }
    });
  });
}
