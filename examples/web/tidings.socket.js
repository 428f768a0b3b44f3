// SPDX-License-Identifier: BSL-1.0
//
// One WebSocket of tidings.js that speaks `tidings.v1`, from the handshake to its end. It knows nothing of topics and
// cursors; what comes is handed over as it is.

import { TidingsError, LONGEST_HINT_MS } from './tidings.wire.js';

const QUIET = 1.3; // silent for so many heartbeats: it is asked whether it lives
const PROBE_MS = 7000; // dead if it does not say so in this time
const HEARTBEAT_MS = 45000; // when the server names none

/**
 * The handshake, `hello`, envelopes, the end. `ended` resolves once, to
 *   {how: 'blocked', reason}              there was no tidings at the other end
 *   {how: 'closed', code, reason, retry}  by a close frame; `retry` in ms is what `bye` said, or null
 *   {how: 'cut', reason, retry}           it broke, or fell silent
 *   {how: 'left'}                         by `leave`
 * Envelopes that come before `take` was called are kept for it.
 */
export class SocketLink {
  hello = null;
  before = new Map(); // the client's: where it stood at the handshake
  heard; // when something came last
  roundTrip = null; // ms, of the last probe
  ended;

  #platform;
  #socket = null;
  #end;
  #over = false;
  #opened = false;
  #kept = [];
  #take = null;
  #onready;
  #bye = {};
  #quiet = null; // timer of the silence
  #verdict = null; // timer of the handshake, then of the probe
  #probes = []; // those that wait for {}
  #asked = new Map(); // ref -> what waits for the answer
  #last = 0;

  /**
   * @param unable   why there can be no handshake; then it is blocked at once.
   * @param onready  called once, with `hello`.
   */
  constructor(platform, { url, protocols, headers = {}, helloTimeout, unable, onready = () => {} }) {
    this.#platform = platform;
    this.#onready = onready;
    this.heard = platform.now();
    this.ended = new Promise(resolve => (this.#end = resolve));
    if (unable) return void this.#finish({ how: 'blocked', reason: unable });
    this.#judgeIn(helloTimeout, () => this.#finish({ how: 'blocked', reason: 'no upgrade came through' }));
    try {
      this.#socket = platform.openSocket(url, protocols, headers, {
        open: () => this.#open(helloTimeout),
        message: data => this.#over || this.#message(data),
        close: (code, reason) => this.#closed(code, reason),
      });
    } catch (error) {
      this.#finish({ how: 'blocked', reason: error.message });
    }
  }

  /** From now on envelopes go to `take`, and those that were kept first. */
  take(take) {
    this.#take = take;
    for (const envelope of this.#kept.splice(0)) take(envelope);
  }

  /** @returns whether it could be handed to the socket. */
  send(envelope) {
    if (this.#over || !this.hello) return false;
    try {
      this.#socket.send(JSON.stringify(envelope));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Sends with a `ref` and waits for `reply`, `done` or `error` with the same.
   * @param make  (ref) => envelope.
   * @returns {Promise<{reply, done}>} one of them.
   */
  ask(make, timeout) {
    const ref = String(++this.#last);
    return new Promise((resolve, reject) => {
      const fail = (message, code) => reject(new TidingsError(message, { code }));
      if (!this.send(make(ref))) return fail('the connection is not open', 'connection_lost');
      const timer = this.#platform.setTimeout(() => {
        this.#asked.delete(ref);
        fail(`no answer within ${timeout} ms`, 'timeout');
      }, timeout);
      this.#asked.set(ref, { timer, resolve, fail });
    });
  }

  /**
   * Asks whether the other end lives; it has `limit` ms to say anything.
   * @returns {Promise<number>} round trip in ms.
   */
  probe(limit = PROBE_MS) {
    return new Promise((resolve, reject) => {
      if (!this.send({})) return reject(new TidingsError('the connection is not open', { code: 'connection_lost' }));
      this.#probes.push({ at: this.#platform.now(), resolve, reject });
      if (this.#verdict === null) this.#judgeIn(limit, () => this.#cut('silence'));
    });
  }

  /** Ends it from this side. */
  leave() {
    this.#finish({ how: 'left' });
  }

  #open(helloTimeout) {
    if (this.#over) return;
    this.#opened = true;
    this.#judgeIn(helloTimeout, () => this.#finish({ how: 'blocked', reason: 'no hello came through' }));
  }

  #message(data) {
    this.heard = this.#platform.now();
    let envelope = null;
    try {
      envelope = JSON.parse(data);
    } catch {
      // Judged below.
    }
    if (envelope === null || typeof envelope !== 'object') {
      if (!this.hello) return this.#finish({ how: 'blocked', reason: 'the other end does not speak tidings.v1' });
      return this.#give({ unreadable: data });
    }
    if (!this.hello && !this.#greeted(envelope)) return;
    if (this.#verdict !== null) this.#judgeIn(null);
    if (this.#answers(envelope)) return;
    if (envelope.bye) this.#bye = envelope.bye;
    this.#give(envelope);
  }

  /** @returns whether it was `hello`; before it nothing counts but `bye`. */
  #greeted(envelope) {
    if (envelope.bye) this.#bye = envelope.bye;
    if (!envelope.hello) return false;
    this.hello = envelope.hello;
    this.#watchSilence();
    this.#onready(this);
    return true;
  }

  /** @returns whether it was an answer that somebody waits for. */
  #answers({ reply, done, error, ...more }) {
    if (!reply && !done && !error) {
      if (Object.keys(more).length > 0) return false;
      const probe = this.#probes.shift();
      if (probe) probe.resolve((this.roundTrip = this.#platform.now() - probe.at));
      return true;
    }
    const { ref } = reply || done || error;
    const waiting = this.#asked.get(ref);
    if (!waiting) return !error; // an answer that came too late
    this.#asked.delete(ref);
    this.#platform.clearTimeout(waiting.timer);
    if (error) waiting.fail(error.message || error.code, error.code);
    else waiting.resolve({ reply, done });
    return true;
  }

  #give(envelope) {
    if (this.#take) this.#take(envelope);
    else this.#kept.push(envelope);
  }

  /** One timer that re-arms itself for the rest of the silence. The server's pings do not show here. */
  #watchSilence() {
    const { longestQuiet = Infinity } = this.#platform;
    const limit = Math.min((this.hello.heartbeat_ms || HEARTBEAT_MS) * QUIET, longestQuiet);
    const silent = Math.max(0, this.#platform.now() - this.heard);
    if (silent >= limit) this.probe().catch(() => {});
    const wait = silent >= limit ? limit : limit - silent;
    this.#quiet = this.#platform.setTimeout(() => this.#watchSilence(), wait);
  }

  #judgeIn(ms, action) {
    if (this.#verdict !== null) this.#platform.clearTimeout(this.#verdict);
    this.#verdict = ms === null ? null : this.#platform.setTimeout(action, ms);
  }

  #closed(code, reason = '') {
    // Closed without a word of tidings: by a proxy, or by a server that does not know it.
    if (!this.#opened) return this.#finish({ how: 'blocked', reason: 'the upgrade was refused' });
    if (!this.hello && (code === 1005 || code === 1006)) {
      return this.#finish({ how: 'blocked', reason: 'closed before hello' });
    }
    if (code === 1006) return this.#cut('the connection was cut');
    const why = this.#bye.code || reason || `closed with ${code}`;
    this.#finish({ how: 'closed', code, reason: why, retry: this.#retry() });
  }

  #cut(reason) {
    this.#finish({ how: 'cut', reason, retry: this.#retry() });
  }

  #retry() {
    const ms = this.#bye.retry_ms;
    return typeof ms === 'number' && ms >= 0 ? Math.min(ms, LONGEST_HINT_MS) : null;
  }

  #finish(end) {
    if (this.#over) return;
    this.#over = true;
    const { clearTimeout } = this.#platform;
    this.#judgeIn(null);
    if (this.#quiet !== null) clearTimeout(this.#quiet);
    const lost = new TidingsError('the connection ended before the answer', { code: 'connection_lost' });
    for (const probe of this.#probes.splice(0)) probe.reject(lost);
    for (const { timer, fail } of this.#asked.values()) {
      clearTimeout(timer);
      fail(lost.message, lost.code);
    }
    this.#asked.clear();
    // Also after its end: it may be one that only fell silent, or whose handshake is still under way.
    if (this.#socket) this.#socket.close();
    this.#end(end);
  }
}
