// SPDX-License-Identifier: BSL-1.0
//
// The npm package eventsource: a client of its own, on the fetch of Node.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { EventSource } from 'eventsource';
import { adapters, eventually, Push } from './push.mjs';

/** Those that a test has opened: one left open would come back for ever, and the test never end. */
const sources = [];

/** An EventSource, with the data that came and what it sent as Last-Event-ID. */
function listen(url, headers = {}) {
  const client = { seen: [], opens: 0, resumed: [] };
  client.source = new EventSource(url, {
    fetch: (input, init) => {
      client.resumed.push(init.headers['Last-Event-ID']);
      return fetch(input, { ...init, headers: { ...init.headers, ...headers } });
    },
  });
  sources.push(client.source);
  client.source.addEventListener('created', event => client.seen.push(event.data));
  client.source.addEventListener('open', () => client.opens++);
  return client;
}

for (const adapter of adapters) {
  describe(`eventsource and ${adapter}`, () => {
    let push;
    before(async () => (push = await Push.start(adapter)));
    afterEach(() => sources.splice(0).forEach(source => source.close()));
    after(() => push?.stop());

    test('events come in order, and a cut loses none', async () => {
      const client = listen(`${push.url}push`, { Authorization: 'Bearer alice' });
      await eventually(() => client.opens === 1);
      const data = [];
      for (let round = 1; round <= 3; round++) {
        data.push(...await push.publish(50));
        await eventually(() => client.seen.length === data.length);
        await push.control('disconnect', { user: 'alice' });
        data.push(...await push.publish(50));
        await eventually(() => client.opens === round + 1 && client.seen.length === data.length);
      }
      assert.deepEqual(client.seen, data);
      assert.equal(client.resumed[0], undefined);
      assert.equal(client.resumed.length, 4);
      for (const id of client.resumed.slice(1)) assert.match(id, /^1[\w-]{24,}$/);
    });

    test('a refusal is final, a drain is not', async () => {
      const refused = listen(`${push.url}push`);
      const code = await new Promise(resolve => refused.source.addEventListener('error', event => resolve(event.code)));
      assert.equal(code, 401);
      assert.equal(refused.source.readyState, refused.source.CLOSED);

      const client = listen(`${push.url}push?user=bob`);
      await eventually(() => client.opens === 1);
      await push.control('drain');
      await eventually(() => client.opens >= 3);
    });
  });
}
