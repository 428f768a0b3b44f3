// SPDX-License-Identifier: BSL-1.0
//
// client.py: what a program of Python's standard library has to do.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { adapters, Client, Push } from './push.mjs';

const script = join(process.env.TIDINGS_SOURCE_DIR, 'tests/integration/client.py');

for (const adapter of adapters) {
  describe(`Python and ${adapter}`, () => {
    let push;
    before(async () => (push = await Push.start(adapter)));
    after(() => push?.stop());

    for (const way of ['sse', 'poll']) {
      test(`${way}: each message comes before the next is published, and a cut loses none`, async () => {
        const client = new Client('python3', ['-B', script, way, `${push.url}push?user=alice`, '8']);
        await client.until('open\n');
        for (let i = 0; i < 3; i++) {
          const [data] = await push.publish();
          assert.equal(await client.until('\n'), `${data}\n`);
        }
        await push.control('disconnect', { user: 'alice' });
        const missed = await push.publish(5);
        const rest = (await client.rest()).split('\n').filter(line => line && line !== 'open');
        assert.deepEqual(rest, missed);
      });
    }
  });
}
