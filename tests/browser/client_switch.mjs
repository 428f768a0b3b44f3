// SPDX-License-Identifier: BSL-1.0
//
// The promise of the client under random schedules: it goes from transport to transport while messages are published,
// and no handler sees one twice, out of order, or misses one without a gap. A failing seed is printed;
// TIDINGS_SEED=N runs that one alone, TIDINGS_SEEDS=N as many.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hub, epochOf, offsetOf } from './fake_hub.mjs';
import { Network, random } from './fake_network.mjs';
import { Clock, settle, tag } from './support.mjs';
import { connect, parseCursor } from './web.mjs';

const TOPICS = ['orders', 'news'];
const EXTRA = 'extra'; // subscribed now and then

/** Checks each message and gap as it comes. */
class Witness {
  expected = new Map(); // topic -> {epoch, next}
  mayAcknowledge = new Set(); // tokens: where it began, gaps, and messages that handlers are done with
  extra = false; // it is subscribed
  received = 0;
  gaps = 0;

  message({ topic, at }) {
    assert.ok(topic !== EXTRA || this.extra, 'a message of a topic that was given back');
    const [epoch, offset] = [epochOf(at), offsetOf(at)];
    const known = this.expected.get(topic);
    if (known) assert.deepEqual({ epoch, next: offset }, known, `${topic} ${offset}`);
    this.expected.set(topic, { epoch, next: offset + 1 });
    this.received++;
  }

  gap({ topics, at }) {
    for (const topic of topics) {
      this.gaps++;
      if (!at[topic]) continue;
      this.mayAcknowledge.add(at[topic]);
      this.expected.set(topic, { epoch: epochOf(at[topic]), next: offsetOf(at[topic]) + 1 });
    }
  }

  done({ at }) {
    this.mayAcknowledge.add(at);
  }
}

const pick = (draw, list) => list[Math.floor(draw() * list.length)];

/** One schedule. @returns what happened, for the sum over all seeds. */
async function run(seed) {
  const draw = random(seed);
  const clock = new Clock();
  const hub = new Hub();
  const network = new Network(hub, clock, random(seed + 1000000));
  const witness = new Witness();
  const slow = draw() < 0.3;
  const listeners = [];
  const window = { addEventListener: (type, action) => listeners.push([type, action]), removeEventListener() {} };
  const transports = [];
  const problems = [];
  // Its own stream of numbers, so that the first position does not depend on the first connection.
  for (const name of TOPICS) hub.topic(name);
  const client = connect('https://host/push', {
    topics: TOPICS,
    cursor: hub.poll({ names: TOPICS, cursor: null, from: null }).cursor,
    random: random(seed + 2000000),
    fetch: network.fetch,
    WebSocket: network.WebSocket,
    document: undefined,
    window,
    now: clock.now,
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    onmessage(message) {
      witness.message(message);
      if (!slow) return witness.done(message);
      return new Promise(resolve => clock.setTimeout(resolve, draw() * 500)).then(() => witness.done(message));
    },
    ongap: gap => witness.gap(gap),
    ontransport: ({ transport }) => transports.push(transport),
    onerror: problem => problems.push(problem.error || new Error(problem.kind)),
  });
  for (const name of TOPICS) {
    witness.expected.set(name, { epoch: hub.topic(name).epoch, next: 1 });
    witness.mayAcknowledge.add(hub.at(hub.topic(name)));
  }
  hub.onacknowledged = at => {
    // Where the extra topic began only the server's hello says.
    if (!at.startsWith(tag(EXTRA)) && !witness.mayAcknowledge.has(at)) problems.push(new Error(`acknowledged ${at}, which no handler took`));
  };

  const actions = {
    cut: () => network.cut(),
    silence: () => network.cut(true),
    some: () => network.cut(false, 0.5),
    upgrade() {
      network.upgrade = pick(draw, ['open', 'refused', 'swallowed', 'mute']);
      if (draw() < 0.5) network.cut();
    },
    stream: () => (network.stream = pick(draw, ['open', 'open', 'refused', 'buffered'])),
    down() {
      network.down = true;
      network.cut();
      clock.setTimeout(() => (network.down = false), draw() * 30000);
    },
    online: () => listeners.forEach(([type, action]) => type === 'online' && action({})),
    back: () => listeners.forEach(([type, action]) => type === 'pageshow' && action({ persisted: true })),
    topics() {
      witness.extra = !witness.extra;
      witness.expected.delete(EXTRA); // it begins at the present of whenever the server hears of it
      if (witness.extra) client.subscribe(EXTRA);
      else client.unsubscribe(EXTRA);
    },
    trim: () => hub.trim('news', Math.floor(draw() * 3)),
    reborn() {
      hub.reborn('news');
      network.cut(); // no server does that under a session's feet
    },
  };
  let count = 0;
  for (let step = 0; step < 60; step++) {
    const burst = Math.floor(draw() * 6);
    for (let i = 0; i < burst; i++) {
      hub.publish(pick(draw, [...TOPICS, EXTRA]), `${++count}`);
      await clock.advance(draw() * 300);
    }
    const choice = draw();
    if (choice < 0.5) await actions[pick(draw, Object.keys(actions))]();
    if (problems.length > 0) throw problems[0];
    await clock.advance(draw() < 0.2 ? draw() * 200000 : draw() * 4000);
  }
  Object.assign(network, { upgrade: 'open', stream: 'open', down: false });
  await clock.advance(720000); // the longest rest of WebSocket
  hub.publish('orders', 'last');
  await clock.advance(60000);
  if (problems.length > 0) throw problems[0];
  for (const name of [...TOPICS, ...(witness.expected.has(EXTRA) ? [EXTRA] : [])]) {
    const { epoch, floor, log } = hub.topic(name);
    assert.deepEqual(witness.expected.get(name), { epoch, next: floor + log.length + 1 }, name);
  }
  assert.equal(client.transport, 'websocket');
  // One more when a poll told where the extra topic stands without a message that names it.
  assert.ok([0, 1].includes(parseCursor(client.cursor).length - TOPICS.length), client.cursor);
  client.close();
  await settle();
  return { ...network.counts, received: witness.received, gaps: witness.gaps, switches: transports.length };
}

const seeds = process.env.TIDINGS_SEED
  ? [Number(process.env.TIDINGS_SEED)]
  : Array.from({ length: Number(process.env.TIDINGS_SEEDS || 60) }, (_, i) => i + 1);

test(`no loss, no duplicate, order kept, over ${seeds.length} schedules`, async () => {
  const sum = {};
  for (const seed of seeds) {
    let result;
    try {
      result = await run(seed);
    } catch (error) {
      error.message = `TIDINGS_SEED=${seed}: ${error.message}`;
      throw error;
    }
    for (const [name, value] of Object.entries(result)) sum[name] = (sum[name] || 0) + value;
  }
  console.log(JSON.stringify(sum));
  if (seeds.length < 20) return;
  // The schedules are worth something only if they do what they are for.
  for (const name of ['websocket', 'sse', 'poll', 'gaps']) assert.ok(sum[name] > seeds.length, `${name}: ${sum[name]}`);
  assert.ok(sum.switches > seeds.length * 3, `${sum.switches} switches`);
});
