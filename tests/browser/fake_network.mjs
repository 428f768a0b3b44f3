// SPDX-License-Identifier: BSL-1.0
//
// A network between a client and a Hub on a clock of its own: latency, cuts, proxies that refuse, swallow and buffer.
// Everything is drawn from one seed.

import { asked } from './fake_hub.mjs';
import { Body, event, hello } from './support.mjs';

/** Numbers in [0, 1) from a seed. Source: mulberry32. */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export class Network {
  upgrade = 'open'; // open | refused | swallowed | mute
  stream = 'open'; // open | refused | buffered
  down = false; // everything fails
  counts = { websocket: 0, sse: 0, poll: 0 };
  #pipes = new Set();

  constructor(hub, clock, random) {
    Object.assign(this, { hub, clock, random });
    const network = this;
    this.WebSocket = function (url) {
      return network.#socket(url);
    };
  }

  /** One direction of a connection: in order, late; nothing after it was cut. */
  #pipe() {
    const pipe = { cut: false, last: 0, timers: new Set() };
    pipe.carry = action => {
      pipe.last = Math.max(pipe.last, this.clock.time + this.random() * 120);
      const timer = this.clock.setTimeout(() => {
        pipe.timers.delete(timer);
        if (!pipe.cut) action();
      }, pipe.last - this.clock.time);
      pipe.timers.add(timer);
    };
    this.#pipes.add(pipe);
    return pipe;
  }

  /** Cuts connections. `silently`: the client is not told. */
  cut(silently = false, share = 1) {
    for (const pipe of [...this.#pipes]) {
      if (this.random() >= share) continue;
      this.#drop(pipe);
      if (!silently && pipe.broken) this.clock.setTimeout(pipe.broken, this.random() * 50);
    }
  }

  #drop(pipe) {
    pipe.cut = true;
    this.#pipes.delete(pipe);
    if (pipe.session) pipe.session.end();
    if (pipe.wake) this.hub.waiting.delete(pipe.wake);
  }

  #socket(url) {
    const pipe = this.#pipe();
    const up = this.#pipe();
    const say = envelope => pipe.carry(() => socket.onmessage?.({ data: JSON.stringify(envelope) }));
    const socket = {
      send: text => up.carry(() => pipe.cut || this.hub.command(pipe.session, JSON.parse(text)).forEach(say)),
      close: () => {
        this.#drop(pipe);
        this.clock.setTimeout(() => this.#drop(up), 200); // what is under way arrives
      },
    };
    pipe.broken = () => socket.onclose?.({ code: 1006, reason: '' });
    const how = this.down ? 'refused' : this.upgrade;
    if (how === 'refused') pipe.carry(() => pipe.broken());
    else if (how === 'mute') pipe.carry(() => socket.onopen?.({}));
    else if (how === 'open') {
      pipe.carry(() => {
        socket.onopen?.({});
        this.counts.websocket++;
        pipe.session = this.hub.open(asked(url), say);
      });
    }
    return socket;
  }

  fetch = (url, init) =>
    new Promise((resolve, reject) => {
      const pipe = this.#pipe();
      pipe.broken = () => reject(new TypeError('network error'));
      init.signal?.addEventListener('abort', () => {
        this.#drop(pipe);
        reject(new Error('aborted'));
      });
      const answer = (status, body = {}, type = 'application/json') =>
        pipe.carry(() => resolve({
          status,
          ok: status < 300,
          headers: { get: name => (name === 'content-type' ? type : null) },
          body: body instanceof Body ? body : null,
          json: async () => body,
        }));
      const handle = () => {
        if (init.method === 'POST') {
          this.hub.acknowledge(JSON.parse(init.body).ack);
          answer(204);
        } else if (init.headers.Accept === 'text/event-stream') this.#stream(pipe, url, init, answer, reject);
        else this.#poll(pipe, url, answer);
      };
      if (this.down) this.clock.setTimeout(pipe.broken, 30);
      else pipe.carry(handle);
    });

  #stream(pipe, url, init, answer) {
    if (this.stream === 'refused') return answer(406);
    const body = new Body(init.signal);
    answer(200, body, 'text/event-stream');
    if (this.stream === 'buffered') return;
    this.counts.sse++;
    pipe.broken = () => body.cut();
    const tell = item => pipe.carry(() => body.write(
      item.hello ? hello(item.hello.at)
        : item.gap ? `id: ${Object.values(item.gap.at)[0]}\nevent: tidings.gap\ndata: ${JSON.stringify(item.gap)}\n\n`
          : event(item.at, item.data, item.event)));
    pipe.session = this.hub.open(asked(url), tell);
    const beat = () => {
      if (pipe.cut) return;
      pipe.carry(() => body.write(':\n\n'));
      this.clock.setTimeout(beat, 15000);
    };
    beat();
  }

  #poll(pipe, url, answer) {
    const wanted = asked(url);
    this.counts.poll++;
    const news = this.hub.poll(wanted);
    if (wanted.wait === 0 || news.messages.length > 0 || news.gap.length > 0) return answer(200, news);
    const timer = this.clock.setTimeout(() => finish(), wanted.wait * 1000);
    const finish = () => {
      this.hub.waiting.delete(finish);
      this.clock.clearTimeout(timer);
      answer(200, this.hub.poll(wanted));
    };
    pipe.wake = finish;
    this.hub.waiting.add(finish);
  }
}
