// SPDX-License-Identifier: BSL-1.0
//
// The client of tidings for WeChat mini-programs, one CommonJS file.
// Written by build_miniprogram.mjs from tidings.wire.js, tidings.socket.js, tidings.ack.js, tidings.wechat.js
// and tidings.js: change those.
//
//   const { connect } = require('./tidings.miniprogram.js');
//   const client = connect('https://example.com/push', { topics: ['orders'], onmessage: message => show(message) });
'use strict';

// ==== tidings.wire.js =====================================================================================

const TOKEN_CHARS = 24; // position token: 6 topic tag + 10 epoch + 8 offset, base64url
const TAG_CHARS = 6;
const EPOCH_END = 16;

const MAX_EVENT_CHARS = 16 * 1024 * 1024;
const LONGEST_HINT_MS = 300000; // a server's hint is honoured up to five minutes

/** Failure of a request that the page made: `status` of HTTP, `code` as the endpoint names it. */
class TidingsError extends Error {
  constructor(message, { status = 0, code = '' } = {}) {
    super(message);
    this.name = 'TidingsError';
    this.status = status;
    this.code = code;
  }
}

/** Token -> its topic tag, the first 6 characters. */
const tagOf = token => token.slice(0, TAG_CHARS);

/** Is it a position token: exactly 24 base64url characters? */
const isToken = text => typeof text === 'string' && /^[A-Za-z0-9_-]{24}$/.test(text);

/** Cursor (`1` + tokens) -> array of tokens; a bare token is a cursor of one; garbage -> null. */
function parseCursor(text) {
  if (isToken(text)) return [text];
  if (typeof text !== 'string' || text[0] !== '1' || text.length % TOKEN_CHARS !== 1) return null;
  const tokens = [];
  for (let at = 1; at < text.length; at += TOKEN_CHARS) {
    const token = text.slice(at, at + TOKEN_CHARS);
    if (!isToken(token)) return null;
    tokens.push(token);
  }
  return tokens;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The one comparison that finds duplicates: another epoch, or a greater offset in the same one. */
function isNew(kept, token) {
  if (kept === undefined) return true;
  if (kept.slice(TAG_CHARS, EPOCH_END) !== token.slice(TAG_CHARS, EPOCH_END)) return true;
  for (let i = EPOCH_END; i < TOKEN_CHARS; i++) {
    const difference = ALPHABET.indexOf(token[i]) - ALPHABET.indexOf(kept[i]);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/**
 * Parser of text/event-stream. Source: WHATWG HTML, "Server-sent events", 9.2.6.
 * `onevent({type, data, id, enc})`, `onretry(ms)`; throws RangeError when one event grows too long.
 */
class SseParser {
  _rest = '';
  _started = false;
  _skipLineFeed = false;
  _data = null;
  _type = '';
  _enc = '';
  _id = '';
  _size = 0;
  _on;

  constructor({ onevent = () => {}, onretry = () => {}, maxEventChars = MAX_EVENT_CHARS } = {}) {
    this._on = { onevent, onretry, maxEventChars };
  }

  /** @param {string} text the next piece, cut anywhere, also between CR and LF. */
  push(text) {
    if (text === '') return;
    if (!this._started && text[0] === '\uFEFF') text = text.slice(1);
    this._started = true;
    if (this._skipLineFeed && text !== '') {
      if (text[0] === '\n') text = text.slice(1);
      this._skipLineFeed = false;
    }
    const all = this._rest + text;
    let start = 0;
    for (let i = this._rest.length; i < all.length; i++) {
      const c = all.charCodeAt(i);
      if (c !== 10 && c !== 13) continue;
      this._line(all.slice(start, i));
      if (c === 13) {
        if (i + 1 === all.length) this._skipLineFeed = true;
        else if (all.charCodeAt(i + 1) === 10) i++;
      }
      start = i + 1;
    }
    this._rest = all.slice(start);
    if (this._rest.length + this._size > this._on.maxEventChars) throw new RangeError('event too long');
  }

  _line(line) {
    if (line === '') return this._dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value[0] === ' ') value = value.slice(1);
    if (name === 'data') {
      this._size += value.length + 1;
      if (this._data === null) this._data = [];
      this._data.push(value);
    } else if (name === 'event') this._type = value;
    else if (name === 'id') {
      if (!value.includes('\0')) this._id = value;
    } else if (name === 'retry') {
      if (/^[0-9]+$/.test(value)) this._on.onretry(Number(value));
    } else if (name === 'enc') this._enc = value; // ours; a plain EventSource ignores it
  }

  _dispatch() {
    const [data, type, enc] = [this._data, this._type, this._enc];
    this._data = null;
    this._type = '';
    this._enc = '';
    this._size = 0;
    if (data === null) return;
    this._on.onevent({ type: type || 'message', data: data.join('\n'), id: this._id, enc });
  }
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Not by `atob`, which mini-programs do not have. */
function bytesOfBase64(text) {
  const digits = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let [bits, held, count] = [0, 0, 0];
  for (const digit of digits) {
    bits = ((bits << 6) | BASE64.indexOf(digit)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[count++] = (bits >> held) & 0xff;
  }
  return bytes;
}

/** `data` is text as published, or a JSON value that a poll's or socket's answer carries as it is. */
function makeMessage({ topic, event, data, at, enc, ...more }) {
  return { ...more, topic, at, ...makePayload({ event, data, enc }) };
}

/** What a message and a reply have in common: {event, data, json(), binary?}. */
function makePayload({ event, data = '', enc }) {
  const embedded = typeof data !== 'string';
  const payload = {
    event: event || 'message',
    data: embedded ? JSON.stringify(data) : data,
    json: () => (embedded ? data : JSON.parse(data)),
  };
  if (enc === 'base64') payload.binary = bytesOfBase64(data);
  return payload;
}

/** A name for a device, 16 characters. */
function randomName(random) {
  let name = '';
  while (name.length < 16) name += ALPHABET[Math.floor(random() * 64) % 64];
  return name;
}

/** Headers of a refusal -> how long the server wants us away in ms, or null. */
function hintOf(response, now, random) {
  const exact = response.headers.get('tidings-poll-after');
  if (exact !== null && /^[0-9]+$/.test(exact)) return Math.min(Number(exact), LONGEST_HINT_MS);
  const after = response.headers.get('retry-after');
  if (after === null || after === '') return null;
  const ms = /^[0-9]+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - now;
  if (!(ms >= 0)) return null;
  // All who were refused in the same second would come back in the same second.
  return Math.min(ms, LONGEST_HINT_MS) * (1 + random() / 10);
}

const contentType = response => (response.headers.get('content-type') || '').toLowerCase();

// Source: docs/guides/wire.md, "The end". 1005 and 1006 never travel: a close without a code, and none at all.
const CLOSE_RULES = {
  1000: 'stop', // ended as asked
  1001: 'back', // lifetime over
  1002: 'stop',
  1003: 'stop',
  1007: 'stop',
  1009: 'stop',
  1008: 'later', // too much, too fast
  1011: 'later', // a callback of the application threw
  1012: 'told', // the server goes down
  1013: 'told', // overloaded, too slow a reader, or the store failed
  4401: 'renew', // credentials are over
  4503: 'told', // disconnected by the application
};

/**
 * Close code of a WebSocket -> what it asks for: 'stop'; 'back' with the usual jitter; 'later', not at once;
 * 'told', when the server said; 'renew', with new credentials.
 */
function closeRule(code) {
  return CLOSE_RULES[code] || (code >= 4000 && code <= 4499 ? 'stop' : 'back');
}

// ==== tidings.socket.js ===================================================================================

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
class SocketLink {
  hello = null;
  before = new Map(); // the client's: where it stood at the handshake
  heard; // when something came last
  roundTrip = null; // ms, of the last probe
  ended;

  _platform;
  _socket = null;
  _end;
  _over = false;
  _opened = false;
  _kept = [];
  _take = null;
  _onready;
  _bye = {};
  _quiet = null; // timer of the silence
  _verdict = null; // timer of the handshake, then of the probe
  _probes = []; // those that wait for {}
  _asked = new Map(); // ref -> what waits for the answer
  _last = 0;

  /**
   * @param unable   why there can be no handshake; then it is blocked at once.
   * @param onready  called once, with `hello`.
   */
  constructor(platform, { url, protocols, headers = {}, helloTimeout, unable, onready = () => {} }) {
    this._platform = platform;
    this._onready = onready;
    this.heard = platform.now();
    this.ended = new Promise(resolve => (this._end = resolve));
    if (unable) return void this._finish({ how: 'blocked', reason: unable });
    this._judgeIn(helloTimeout, () => this._finish({ how: 'blocked', reason: 'no upgrade came through' }));
    try {
      this._socket = platform.openSocket(url, protocols, headers, {
        open: () => this._open(helloTimeout),
        message: data => this._over || this._message(data),
        close: (code, reason) => this._closed(code, reason),
      });
    } catch (error) {
      this._finish({ how: 'blocked', reason: error.message });
    }
  }

  /** From now on envelopes go to `take`, and those that were kept first. */
  take(take) {
    this._take = take;
    for (const envelope of this._kept.splice(0)) take(envelope);
  }

  /** @returns whether it could be handed to the socket. */
  send(envelope) {
    if (this._over || !this.hello) return false;
    try {
      this._socket.send(JSON.stringify(envelope));
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
    const ref = String(++this._last);
    return new Promise((resolve, reject) => {
      const fail = (message, code) => reject(new TidingsError(message, { code }));
      if (!this.send(make(ref))) return fail('the connection is not open', 'connection_lost');
      const timer = this._platform.setTimeout(() => {
        this._asked.delete(ref);
        fail(`no answer within ${timeout} ms`, 'timeout');
      }, timeout);
      this._asked.set(ref, { timer, resolve, fail });
    });
  }

  /**
   * Asks whether the other end lives; it has `limit` ms to say anything.
   * @returns {Promise<number>} round trip in ms.
   */
  probe(limit = PROBE_MS) {
    return new Promise((resolve, reject) => {
      if (!this.send({})) return reject(new TidingsError('the connection is not open', { code: 'connection_lost' }));
      this._probes.push({ at: this._platform.now(), resolve, reject });
      if (this._verdict === null) this._judgeIn(limit, () => this._cut('silence'));
    });
  }

  /** Ends it from this side. */
  leave() {
    this._finish({ how: 'left' });
  }

  _open(helloTimeout) {
    if (this._over) return;
    this._opened = true;
    this._judgeIn(helloTimeout, () => this._finish({ how: 'blocked', reason: 'no hello came through' }));
  }

  _message(data) {
    this.heard = this._platform.now();
    let envelope = null;
    try {
      envelope = JSON.parse(data);
    } catch {
      // Judged below.
    }
    if (envelope === null || typeof envelope !== 'object') {
      if (!this.hello) return this._finish({ how: 'blocked', reason: 'the other end does not speak tidings.v1' });
      return this._give({ unreadable: data });
    }
    if (!this.hello && !this._greeted(envelope)) return;
    if (this._verdict !== null) this._judgeIn(null);
    if (this._answers(envelope)) return;
    if (envelope.bye) this._bye = envelope.bye;
    this._give(envelope);
  }

  /** @returns whether it was `hello`; before it nothing counts but `bye`. */
  _greeted(envelope) {
    if (envelope.bye) this._bye = envelope.bye;
    if (!envelope.hello) return false;
    this.hello = envelope.hello;
    this._watchSilence();
    this._onready(this);
    return true;
  }

  /** @returns whether it was an answer that somebody waits for. */
  _answers({ reply, done, error, ...more }) {
    if (!reply && !done && !error) {
      if (Object.keys(more).length > 0) return false;
      const probe = this._probes.shift();
      if (probe) probe.resolve((this.roundTrip = this._platform.now() - probe.at));
      return true;
    }
    const { ref } = reply || done || error;
    const waiting = this._asked.get(ref);
    if (!waiting) return !error; // an answer that came too late
    this._asked.delete(ref);
    this._platform.clearTimeout(waiting.timer);
    if (error) waiting.fail(error.message || error.code, error.code);
    else waiting.resolve({ reply, done });
    return true;
  }

  _give(envelope) {
    if (this._take) this._take(envelope);
    else this._kept.push(envelope);
  }

  /** One timer that re-arms itself for the rest of the silence. The server's pings do not show here. */
  _watchSilence() {
    const { longestQuiet = Infinity } = this._platform;
    const limit = Math.min((this.hello.heartbeat_ms || HEARTBEAT_MS) * QUIET, longestQuiet);
    const silent = Math.max(0, this._platform.now() - this.heard);
    if (silent >= limit) this.probe().catch(() => {});
    const wait = silent >= limit ? limit : limit - silent;
    this._quiet = this._platform.setTimeout(() => this._watchSilence(), wait);
  }

  _judgeIn(ms, action) {
    if (this._verdict !== null) this._platform.clearTimeout(this._verdict);
    this._verdict = ms === null ? null : this._platform.setTimeout(action, ms);
  }

  _closed(code, reason = '') {
    // Closed without a word of tidings: by a proxy, or by a server that does not know it.
    if (!this._opened) return this._finish({ how: 'blocked', reason: 'the upgrade was refused' });
    if (!this.hello && (code === 1005 || code === 1006)) {
      return this._finish({ how: 'blocked', reason: 'closed before hello' });
    }
    if (code === 1006) return this._cut('the connection was cut');
    const why = this._bye.code || reason || `closed with ${code}`;
    this._finish({ how: 'closed', code, reason: why, retry: this._retry() });
  }

  _cut(reason) {
    this._finish({ how: 'cut', reason, retry: this._retry() });
  }

  _retry() {
    const ms = this._bye.retry_ms;
    return typeof ms === 'number' && ms >= 0 ? Math.min(ms, LONGEST_HINT_MS) : null;
  }

  _finish(end) {
    if (this._over) return;
    this._over = true;
    const { clearTimeout } = this._platform;
    this._judgeIn(null);
    if (this._quiet !== null) clearTimeout(this._quiet);
    const lost = new TidingsError('the connection ended before the answer', { code: 'connection_lost' });
    for (const probe of this._probes.splice(0)) probe.reject(lost);
    for (const { timer, fail } of this._asked.values()) {
      clearTimeout(timer);
      fail(lost.message, lost.code);
    }
    this._asked.clear();
    // Also after its end: it may be one that only fell silent, or whose handshake is still under way.
    if (this._socket) this._socket.close();
    this._end(end);
  }
}

// ==== tidings.ack.js ======================================================================================

const ACK_EVERY_MS = 1000;
const ACK_GATHER_MS = 100; // lets one acknowledgement cover a burst

class Acknowledger {
  _options;
  _client;
  _tags = new Set(); // of topics whose position moved since the last one
  _timer = null;
  _at = -Infinity;
  _failures = 0;
  _busy = false;
  _refused = false;

  /**
   * @param client  {tokenOf(tag), wanted(): now is the time, overSocket(body): was it sent, post(body, more): Response,
   *                refreshed(): asks for a new token, report(problem)}.
   */
  constructor(options, client) {
    this._options = options;
    this._client = client;
  }

  took(tag) {
    this._tags.add(tag);
  }

  forget(tag) {
    this._tags.delete(tag);
  }

  /** A request's cursor has said it all. */
  clear() {
    this._tags.clear();
  }

  /** A new stream: what was refused may be allowed now. */
  begin() {
    this._refused = false;
  }

  schedule() {
    const { acknowledge, now, setTimeout } = this._options;
    if (!acknowledge || this._refused || this._timer !== null || this._busy || this._tags.size === 0) return;
    const spacing = ACK_EVERY_MS * 2 ** Math.min(this._failures, 5);
    const wait = Math.max(ACK_GATHER_MS, Math.min(spacing, this._at + spacing - now()));
    this._timer = setTimeout(() => {
      this._timer = null;
      if (this._client.wanted()) this._send();
    }, wait);
  }

  /** The last one. When the page goes away (`leaving`) it must outlive it, and a socket does not. */
  flush(leaving) {
    if (this._timer !== null) this._options.clearTimeout(this._timer);
    this._timer = null;
    if (!this._options.acknowledge || this._refused) return;
    const { body } = this._next();
    if (body === null || (!leaving && this._client.overSocket(body))) return;
    this._client.post(body, { keepalive: true }).catch(() => {});
  }

  /** Takes what is due: {tags, body}; body is null when there is nothing. */
  _next() {
    const tags = [...this._tags].filter(tag => this._client.tokenOf(tag) !== undefined);
    this._tags.clear();
    if (tags.length === 0) return { tags, body: null };
    this._at = this._options.now();
    return { tags, body: { ack: '1' + tags.map(tag => this._client.tokenOf(tag)).join('') } };
  }

  async _send() {
    const { tags, body } = this._next();
    if (body === null) return;
    // One that is lost with its socket is covered by the next connection's cursor.
    if (this._client.overSocket(body)) {
      this._failures = 0;
      return;
    }
    this._busy = true;
    let status = 0;
    try {
      const response = await this._client.post(body);
      status = response.status;
      if (status === 401) await this._client.refreshed();
    } catch {
      // The next one covers it; a lost connection is found by the stream itself.
    }
    this._busy = false;
    const fine = status >= 200 && status < 300;
    this._failures = fine ? 0 : this._failures + 1;
    if (!fine) for (const tag of tags) this._tags.add(tag);
    if (status >= 400 && status < 500 && status !== 401 && status !== 429) {
      this._refused = true;
      this._client.report({ kind: 'acknowledge', fatal: false, status });
    }
    if (this._client.wanted()) this.schedule();
  }
}

// ==== tidings.wechat.js ===================================================================================

const BACKGROUND_MS = 5000;
const QUIET_MS = 25000; // it closes sockets that nothing goes over for a while, about a minute, and may not count pings

/** As of tidings.platform.js. `options.wx` is for tests. */
function platformHere(options = {}) {
  const api = options.wx || wx;
  const now = options.now || (() => Date.now());
  const background = { since: null };
  return {
    transports: ['websocket', 'long-poll', 'short-poll'],
    fetch: (url, init) => request(api, url, init),
    newAbort: () => new Abort(),
    resolve: url => url, // a mini-program has no address of its own: the URL is absolute
    openSocket: (url, protocols, headers, on) => openSocket(api, background, { url, protocols, headers }, on),
    longestQuiet: QUIET_MS,
    sendsHeaders: true,
    watch: on => watchApp(api, background, now, on),
    random: Math.random,
    now,
    setTimeout: (action, ms) => setTimeout(action, ms),
    clearTimeout: timer => clearTimeout(timer),
  };
}

/** The least of an AbortController. */
class Abort {
  constructor() {
    this.signal = { aborted: false, onabort: null };
  }

  abort() {
    if (this.signal.aborted) return;
    this.signal.aborted = true;
    if (this.signal.onabort) this.signal.onabort();
  }
}

/** `fetch` as far as tidings.js uses it. */
function request(api, url, { method = 'GET', headers = {}, body, signal }) {
  return new Promise((resolve, reject) => {
    if (signal && signal.aborted) return reject(new Error('aborted'));
    const task = api.request({
      url,
      method,
      header: headers,
      data: body,
      dataType: 'text', // what is JSON, the client decides
      responseType: 'text',
      success: answer => resolve(toResponse(answer)),
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    });
    if (!signal) return;
    signal.onabort = () => {
      reject(new Error('aborted'));
      if (task) task.abort();
    };
  });
}

function toResponse({ statusCode, header = {}, data }) {
  const headers = new Map(Object.keys(header).map(name => [name.toLowerCase(), String(header[name])]));
  return {
    status: statusCode,
    ok: statusCode >= 200 && statusCode < 300,
    headers: { get: name => (headers.has(name) ? headers.get(name) : null) },
    body: null,
    json: async () => (typeof data === 'string' ? JSON.parse(data) : data),
  };
}

function openSocket(api, background, { url, protocols, headers }, on) {
  let ended = false;
  const end = (code, reason) => {
    if (ended) return;
    ended = true;
    on.close(code, reason);
  };
  const failed = ({ errMsg } = {}) => end(1006, errMsg);
  const task = api.connectSocket({ url, header: headers, protocols, tcpNoDelay: true, fail: failed });
  const leave = () => task.close({ code: 1000, fail: () => {} });
  // One that is closed before it is open may open all the same, and a mini-program has five at most.
  task.onOpen(() => (ended ? leave() : on.open()));
  task.onMessage(({ data }) => ended || on.message(data));
  task.onError(failed);
  task.onClose(({ code, reason }) => {
    // Put to sleep, it is told as an end in order.
    const asleep = code === 1000 && (reason === 'interrupted' || background.since !== null);
    end(asleep ? 1006 : code, reason);
  });
  return {
    send: text => task.send({ data: text, fail: () => {} }), // one that fails is found by the next probe
    close() {
      ended = true;
      leave();
    },
  };
}

function watchApp(api, background, now, { wake, leave }) {
  const heard = {
    AppHide() {
      background.since = now();
      leave();
    },
    AppShow() {
      const away = background.since === null ? 0 : now() - background.since;
      background.since = null;
      wake({ certain: away >= BACKGROUND_MS });
    },
    NetworkStatusChange: ({ isConnected }) => isConnected && wake({ certain: true, network: true }),
  };
  for (const name of Object.keys(heard)) api[`on${name}`](heard[name]);
  return () => {
    for (const name of Object.keys(heard)) if (api[`off${name}`]) api[`off${name}`](heard[name]);
  };
}

// ==== tidings.js ==========================================================================================

const LONG_POLL_SECONDS = 25; // the longest wait that the endpoint grants
const LONG_POLL_GRACE_MS = 10000; // an answer later than this after its wait is lost
const POLL_TIMEOUT_MS = 20000;
const BACKOFF_BASE_MS = 1000;
const BACKOFF_CAP_MS = 30000;
const LATER_MS = 5000; // the least pause after an end that says: not at once
const STEADY_MS = 5000; // a stream that lived this long was a success
const PENALTY_MS = 60000; // a refused transport is tried again after this, doubling
const PENALTY_CAP_MS = 900000;
const TRIAL_CAP_MS = 600000; // of WebSocket, whose trial disturbs nothing
const TRIAL_SOON_MS = 1000; // it is tried so soon after the page woke or the network changed,
const TRIAL_EVERY_MS = 10000; // but not more often than this
const MUTE_LIMIT = 3; // so many sockets in a row that end before hello: it is a proxy's doing
const WAKE_PROBE_MS = 5000;
const ASK_TIMEOUT_MS = 10000;

const TRANSPORTS = ['websocket', 'sse', 'long-poll', 'short-poll'];
const STREAMS = new Set(['websocket', 'sse']); // their messages are acknowledged by word; polls do it by cursor
const STOP = new Set([400, 403]); // asking again would not change the answer
const WRONG_KIND = new Set([404, 405, 406, 410, 415, 501]); // another transport may do
const PROTOCOL = 'tidings.v1';
const PROTOCOL_CHARS = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/; // RFC 9110 5.6.2: of a token, which a subprotocol is

/**
 * One page's connection. Made by `connect`. Properties that may be read at any time:
 * `transport`, `state`, `session`, `unread`, `device`, `cursor`, `roundTrip`.
 */
class Client {
  transport = null;
  state = 'connecting';
  session = null;
  unread = null;
  device;

  _url;
  _options;
  _topics;
  _listeners = new Map();
  _names = new Map(); // tag -> topic
  _received = new Map(); // tag -> token: what came in
  _taken = new Map(); // tag -> token: what the handlers are done with
  _handing = []; // in order: what the handlers still work on
  _ack;
  _refusals = new Map(); // transport -> { count, until, reason, sure }
  _trial = null; // a WebSocket that is tried beside a lesser transport
  _trialTimer = null;
  _triedAt = -Infinity;
  _told = 0; // how often a new unread number was pushed
  _mute = 0; // sockets in a row that ended before hello
  _left = new Map(); // topic just given back, of which something may still be under way -> that asking
  _failures = 0;
  _retryHint = null;
  _credential = null;
  _refusedCredential = false;
  _call = null; // the request under way
  _nap = null; // the pause under way
  _running = false;
  _revived = false;
  _heard = 0;
  _unwatch;

  constructor(url, options) {
    const hash = url.indexOf('#');
    this._url = hash < 0 ? url : url.slice(0, hash);
    this._options = options;
    this._topics = new Set(options.topics);
    this.device = options.device || randomName(options.random);
    for (const token of parseCursor(options.cursor) || []) {
      this._received.set(tagOf(token), token);
      this._taken.set(tagOf(token), token);
    }
    this._ack = new Acknowledger(options, {
      tokenOf: tag => this._taken.get(tag),
      wanted: () => this.state === 'open' && STREAMS.has(this.transport),
      overSocket: body => this._link !== null && this._link.send(body),
      post: (body, more) => this._post(body, more),
      refreshed: () => this._refreshed(),
      report: problem => this._report(problem),
    });
    for (const type of ['message', 'gap', 'state', 'open', 'transport', 'unread', 'error']) {
      if (options[`on${type}`]) this.on(type, options[`on${type}`]);
    }
    this._unwatch = options.watch({ wake: how => this._check(how), leave: () => this._ack.flush(true) });
  }

  /** Position after the last message that the handlers took; hand it to `connect` to go on there. */
  get cursor() {
    return this._taken.size === 0 ? null : '1' + [...this._taken.values()].join('');
  }

  /**
   * Types: message {topic, event, data, json(), at, binary?}; gap {topics, at, transport};
   * state {state, transport, reason, retryInMs}; open {transport, session, resumed};
   * transport {transport, previous, reason}; unread (number); error {kind, fatal, status, error}.
   * A message handler may return a promise: the message counts as taken when it settles.
   * @returns {() => void} takes the handler away again.
   */
  on(type, handler) {
    if (!this._listeners.has(type)) this._listeners.set(type, new Set());
    this._listeners.get(type).add(handler);
    return () => this._listeners.get(type).delete(handler);
  }

  /** Asks for more topics: over the socket, else the connection is opened anew and goes on where it was. */
  subscribe(topics) {
    const more = [].concat(topics).filter(topic => !this._topics.has(topic));
    if (more.length === 0) return;
    for (const topic of more) {
      this._topics.add(topic);
      this._left.delete(topic);
    }
    this._changeTopics('subscribe', more, error => {
      for (const topic of more) this._topics.delete(topic);
      this._report({ kind: 'subscribe', fatal: false, topics: more, error });
    });
  }

  /** Takes topics away that were asked for; those that the identity brings stay. */
  unsubscribe(topics) {
    const less = [].concat(topics).filter(topic => this._topics.delete(topic));
    if (less.length === 0) return;
    for (const [tag, name] of [...this._names]) {
      if (!less.includes(name)) continue;
      for (const map of [this._names, this._received, this._taken]) map.delete(tag);
      this._ack.forget(tag);
    }
    this._changeTopics('unsubscribe', less, error => {
      this._report({ kind: 'subscribe', fatal: false, topics: less, error });
    });
  }

  /**
   * Says something to the application: over the socket when it is open, else by POST. Never said twice: when the
   * connection ends before the answer, nobody knows whether it arrived, and it fails with code `connection_lost`.
   * @param data  a string, or a value that becomes JSON.
   * @returns {Promise<{event, data, json(), binary?} | null>} the application's reply; null when it has none.
   */
  async send(event, data = '', { timeout = ASK_TIMEOUT_MS } = {}) {
    if (this.state === 'closed') throw new TidingsError('the client is closed', { code: 'closed' });
    const said = { event, data: typeof data === 'string' ? data : JSON.stringify(data) };
    const { reply } = this._link
      ? await this._link.ask(ref => ({ send: { ref, ...said } }), timeout)
      : await this._within(timeout, this._ask(this._url, { send: said }));
    return reply ? makePayload(reply) : null;
  }

  /** Asks over the socket whether the server lives. @returns {Promise<number>} round trip in ms. */
  async probe() {
    if (!this._link) throw new TidingsError('there is no socket', { code: 'not_supported' });
    return this._link.probe();
  }

  /** Of the socket's last probe in ms, or null. */
  get roundTrip() {
    return this._link && this._link.roundTrip;
  }

  /** Marks inbox messages as seen: 'all', one token or message, or an array. @returns unread number. */
  async seen(what) {
    const told = this._told;
    const tokens = what === 'all' ? 'all' : [].concat(what).map(item => (typeof item === 'string' ? item : item.at));
    if (this._link) {
      const { done } = await this._link.ask(ref => ({ ref, seen: tokens }), ASK_TIMEOUT_MS);
      this._answerUnread(done.unread, told);
      return done.unread;
    }
    const answer = await this._ask(this._url, { seen: tokens });
    this._answerUnread(answer.unread, told);
    return answer.unread;
  }

  /** The inbox, newest first. @returns {Promise<{messages, unread, more}>} messages with time, seen, state. */
  async inbox({ before, limit = 20 } = {}) {
    const told = this._told;
    const [path, query] = this._url.split('?');
    const asked = [query, before && `before=${before}`, `limit=${limit}`].filter(Boolean).join('&');
    const answer = await this._ask(`${path}/inbox?${asked}`);
    this._answerUnread(answer.unread, told);
    return { ...answer, messages: (answer.messages || []).map(makeMessage) };
  }

  /** Opens the connection anew at once, also after a stop (401, 403). */
  reconnect() {
    if (this.state === 'closed') return;
    this._refusedCredential = false;
    this._dropTrial();
    if (!this._running) return void this._run();
    this._revived = this.state === 'stopped';
    this._again('asked');
  }

  /** Ends it for good; a last acknowledgement is sent. */
  close() {
    if (this.state === 'closed') return;
    this._ack.flush(false);
    this._unwatch();
    this._setState('closed');
    this._dropTrial();
    this._again('closed');
  }

  // ---- the loop -------------------------------------------------------------------------------

  /** Called by `connect`. */
  start() {
    // The page gets its turn to call `on` before anything happens.
    Promise.resolve().then(() => this._running || this.state === 'closed' || this._run());
  }

  async _run() {
    this._running = true;
    while (this.state !== 'closed') {
      const transport = this._pick();
      // A stream that is asked for anew has ended; between polls, and with a socket that is ready, all is well.
      const ended = STREAMS.has(this.transport) && !(this._trial && this._trial.hello);
      if (this.state !== 'open' || ended) this._setState('connecting');
      const end = await this._attempt(transport);
      if (this.state === 'closed') break;
      const pause = this._judge(transport, end);
      if (pause === null && !this._revived) break;
      this._revived = false;
      if (pause && pause.ms > 0) await this._sleep(pause);
    }
    this._running = false;
  }

  /** The first transport of the list that is not paying for a refusal. */
  _pick() {
    const { transports, now } = this._options;
    const free = transports.find(name => {
      const refusal = this._refusals.get(name);
      // While a lesser transport works WebSocket is tried beside it.
      if (name === 'websocket' && refusal && (this.state === 'open' || this._trial)) return false;
      return !(refusal?.until > now());
    });
    return free || transports[transports.length - 1];
  }

  _setTransport(transport, reason) {
    if (this.transport === transport) return;
    const previous = this.transport;
    this.transport = transport;
    this._emit('transport', { transport, previous, reason });
  }

  async _attempt(transport) {
    const call = { transport, cause: null, reason: '', link: null, timers: new Set() };
    call.control = this._options.newAbort();
    call.stopped = new Promise(resolve => (call.stop = resolve));
    call.began = this._options.now();
    this._call = call;
    try {
      if (transport === 'websocket' && this._trial) return await this._socket(call);
      const refreshed = await this._authorize();
      if (refreshed !== true) return refreshed;
      while (this._baseless() && !call.cause) await Promise.race([this._handing[0].settled, call.stopped]);
      if (call.cause) return { type: 'again' };
      call.began = this._heard = this._options.now();
      if (transport === 'websocket') return await this._socket(call);
      return await (transport === 'sse' ? this._stream(call) : this._poll(call));
    } catch (error) {
      if (call.cause) return { type: call.cause, reason: call.reason };
      return { type: 'lost', reason: String((error && error.message) || error) };
    } finally {
      for (const timer of call.timers) this._options.clearTimeout(timer);
      // Frees the connection of an answer whose body nobody reads.
      if (!call.finished) call.control.abort();
      this._call = null;
    }
  }

  async _authorize() {
    if (!this._options.token) return true;
    try {
      this._credential = await this._options.token({ refused: this._refusedCredential });
      return true;
    } catch (error) {
      this._report({ kind: 'token', fatal: false, error });
      return { type: 'lost', reason: 'no token' };
    }
  }

  /** What an attempt's end means. @returns {{ms, hard}} the pause, or null: stop. */
  _judge(transport, end) {
    const { random } = this._options;
    if (end.type === 'again') return { ms: 0 };
    if (end.type === 'next') return { ms: end.ms, quiet: true, hard: end.hard };
    if (end.type === 'kind') {
      this._refuse(transport, end);
      if (this._pick() !== transport) return { ms: 0 };
    } else if (transport !== 'websocket') {
      // Nothing else gets through either: so it was not the upgrade that was refused.
      if (this._refusals.get('websocket')?.sure === false) this._refusals.delete('websocket');
    }
    if (end.type === 'unauthorized') {
      if (this._options.token && !this._refusedCredential) {
        this._refusedCredential = true;
        return { ms: 0 };
      }
      return this._stop({ kind: 'unauthorized', status: 401 });
    }
    if (end.type === 'stop') {
      return this._stop({ kind: 'refused', status: end.status, code: end.code, error: end.error });
    }
    this._failures++;
    const base = Math.max(BACKOFF_BASE_MS, this._retryHint || 0);
    let ms = (end.least || 0) + random() * Math.min(BACKOFF_CAP_MS, base * 2 ** Math.min(this._failures - 1, 10));
    if (end.hint !== undefined && end.hint !== null) {
      // The server spreads its hints itself; ours is added only against a server that repeats them fast.
      ms = end.hint + (this._failures > 1 && !end.hard ? ms : 0);
    }
    this._setState('waiting', end.reason, ms);
    return { ms, hard: end.hard };
  }

  /** It costs the transport some rest. What the WebSocket API hides the next transport's request will learn. */
  _refuse(transport, { reason, forever = false }) {
    const count = (this._refusals.get(transport)?.count || 0) + 1;
    const cap = transport === 'websocket' ? TRIAL_CAP_MS : PENALTY_CAP_MS;
    const rest = forever ? Infinity : Math.min(PENALTY_MS * 2 ** (count - 1), cap);
    const until = this._options.now() + rest;
    this._refusals.set(transport, { count, until, reason, sure: transport !== 'websocket' });
  }

  _stop(error) {
    this._setState('stopped', error.kind);
    this._dropTrial();
    this._report({ ...error, fatal: true });
    return null;
  }

  /** Waits; `_again` and a waking page cut it short, but not a pause that the server asked for. */
  _sleep({ ms, hard, quiet }) {
    return new Promise(resolve => {
      const wake = () => {
        this._options.clearTimeout(nap.timer);
        this._nap = null;
        resolve();
      };
      const nap = { hard, quiet, wake, since: this._options.now(), ms };
      nap.timer = this._options.setTimeout(wake, ms);
      this._nap = nap;
    });
  }

  /** Ends the request or pause under way, so that the loop turns at once. */
  _again(reason) {
    if (this._nap) this._nap.wake();
    if (this._call) this._end(this._call, 'again', reason);
  }

  _end(call, cause, reason) {
    if (call.cause) return;
    call.cause = cause;
    call.reason = reason;
    call.control.abort();
    if (call.link) call.link.leave();
    call.stop();
  }

  _after(call, ms, action) {
    const timer = this._options.setTimeout(() => {
      call.timers.delete(timer);
      action();
    }, ms);
    call.timers.add(timer);
    return timer;
  }

  // ---- WebSocket ------------------------------------------------------------------------------

  /** The socket that may be spoken over, or null. */
  get _link() {
    const link = this._call && this._call.link;
    return link && this._call.hello ? link : null;
  }

  _openLink(onready) {
    const { helloTimeout, resolve } = this._options;
    const { params = {}, protocols = [], unable } = this._bearer();
    const url = resolve(this._target(params, this.cursor)).replace(/^http/i, 'ws');
    this._triedAt = this._options.now();
    const asked = { url, protocols: [PROTOCOL, ...protocols], headers: this._headers({}), helloTimeout, unable };
    const link = new SocketLink(this._options, { ...asked, onready });
    link.before = new Map(this._received);
    return link;
  }

  /** How the token travels with the handshake where headers cannot. */
  _bearer() {
    const { sendsHeaders, tokenParam } = this._options;
    if (!this._credential || sendsHeaders) return {};
    if (PROTOCOL_CHARS.test(this._credential)) return { protocols: [`bearer.${this._credential}`] };
    if (tokenParam) return { params: { [tokenParam]: encodeURIComponent(this._credential) } };
    return { unable: 'the token has characters that a WebSocket cannot carry' };
  }

  async _socket(call) {
    this._retryHint = null;
    const resumed = this.cursor !== null;
    const link = this._trial || this._openLink();
    this._forgetTrial();
    call.link = link;
    link.take(envelope => call.cause || this._envelope(call, envelope, resumed));
    const end = await link.ended;
    if (call.hello && this._options.now() - call.hello >= STEADY_MS) this._failures = 0;
    if (call.hello) this._mute = 0;
    else if (end.how === 'closed') this._mute++;
    if (call.cause) return { type: call.cause, reason: call.reason };
    return this._closed(call, end);
  }

  /** How a socket ended -> the end of the attempt. */
  _closed(call, { how, code, reason, retry }) {
    if (how === 'blocked') return { type: 'kind', reason };
    if (!call.hello && this._mute >= MUTE_LIMIT) return { type: 'kind', reason: 'closed before hello' };
    const rule = how === 'closed' ? closeRule(code) : 'back';
    if (rule === 'stop') {
      const error = new TidingsError(`the server closed with ${code}: ${reason}`, { code: reason });
      return { type: 'stop', status: 0, code, error };
    }
    if (rule === 'renew' && this._options.token) {
      if (!call.hello) return { type: 'unauthorized' };
      this._refusedCredential = true;
    }
    const least = retry === null && (rule === 'later' || rule === 'told') ? LATER_MS : 0;
    return { type: 'lost', reason, hint: retry, hard: rule === 'told', least };
  }

  _envelope(call, envelope, resumed) {
    if (envelope.hello) this._hello(call, envelope.hello, resumed);
    else if (isToken(envelope.at)) this._socketMessage(envelope);
    else if (envelope.gap) this._socketGap(call.link, envelope.gap);
    else if (envelope.state) this._newsUnread(envelope.state.unread);
    else if (envelope.renew) this._renew(call.link);
    else if (envelope.error) this._report({ kind: 'server', fatal: false, error: toError(envelope.error) });
    else if (envelope.unreadable !== undefined) {
      this._report({ kind: 'protocol', fatal: false, error: new TidingsError('envelope that is no JSON object') });
    }
  }

  _socketMessage(message) {
    if (this._left.has(message.topic)) return;
    if (message.topic !== undefined) this._names.set(tagOf(message.at), message.topic);
    this._message({ ...message, topic: this._names.get(tagOf(message.at)) });
  }

  _socketGap({ before }, { topics = [], at = {} }) {
    const kept = topics.filter(topic => {
      if (this._left.has(topic) || !isToken(at[topic])) return !this._left.has(topic);
      // What came over a stream beside the handshake may have filled it.
      const tag = tagOf(at[topic]);
      return this._received.get(tag) === before.get(tag) || isNew(this._received.get(tag), at[topic]);
    });
    if (kept.length > 0) this._gap(kept, at);
  }

  /** The credentials end soon: new ones keep the socket. Without any it is closed with 4401. */
  async _renew(link) {
    if (!(await this._refreshed())) return;
    try {
      await link.ask(ref => ({ ref, renew: this._credential }), ASK_TIMEOUT_MS);
    } catch (error) {
      if (error.code !== 'connection_lost') this._report({ kind: 'token', fatal: false, error });
    }
  }

  _changeTopics(verb, topics, failed) {
    const link = this._link;
    this._dropTrial();
    if (!link) return this._again(verb);
    const asking = {};
    if (verb === 'unsubscribe') for (const topic of topics) this._left.set(topic, asking);
    const done = () => topics.forEach(topic => this._left.get(topic) === asking && this._left.delete(topic));
    // Tokens of topics without a name came with the page's cursor and may be of these.
    const spare = [...this._taken].filter(([tag]) => !this._names.has(tag)).map(([, token]) => token);
    const more = verb === 'subscribe' && spare.length > 0 ? { after: '1' + spare.join('') } : {};
    link.ask(ref => ({ ref, [verb]: topics, ...more }), ASK_TIMEOUT_MS).then(done, error => {
      done();
      // A new connection names the topics by itself.
      if (error.code === 'timeout') this._again(verb);
      else if (error.code !== 'connection_lost') failed(error);
    });
  }

  /** Beside a lesser transport WebSocket is tried again, and takes over once it has said hello. */
  _scheduleTrial(least = 0) {
    const { transports, now, setTimeout, clearTimeout } = this._options;
    if (this._trialTimer !== null) clearTimeout(this._trialTimer);
    this._trialTimer = null;
    const refusal = this._refusals.get('websocket');
    const rank = transports.indexOf('websocket');
    if (!refusal || rank < 0 || rank >= transports.indexOf(this.transport) || this.state === 'closed') return;
    this._trialTimer = setTimeout(() => {
      this._trialTimer = null;
      this._try();
    }, Math.max(least, refusal.until - now()));
  }

  async _try() {
    // Not open: the next attempt begins with WebSocket anyway.
    if (this._trial || this.state !== 'open' || this.transport === 'websocket') return;
    if (this._baseless()) return this._scheduleTrial(TRIAL_SOON_MS);
    this._triedAt = this._options.now();
    if (this._options.token && !(await this._refreshed(false))) return this._missed('no token');
    if (this._trial || this.state !== 'open' || this.transport === 'websocket') return;
    const link = this._openLink(() => {
      if (this._trial !== link) return;
      this._refusals.delete('websocket');
      this._again('a better transport');
    });
    this._trial = link;
    const end = await link.ended;
    if (this._trial !== link) return;
    this._trial = null;
    this._missed(end.reason);
  }

  _missed(reason) {
    this._refuse('websocket', { reason });
    this._refusals.get('websocket').sure = true;
    this._scheduleTrial();
  }

  _forgetTrial() {
    this._trial = null;
    if (this._trialTimer !== null) this._options.clearTimeout(this._trialTimer);
    this._trialTimer = null;
  }

  /** It was opened for what is no longer wanted. */
  _dropTrial() {
    const link = this._trial;
    this._forgetTrial();
    if (link) link.leave();
  }

  /** Something changed outside: maybe it gets through now. */
  _hasten(network) {
    const refusal = this._refusals.get('websocket');
    const { now } = this._options;
    if (!refusal || this._trial || now() - this._triedAt < TRIAL_EVERY_MS) return;
    if (network) refusal.count = 0;
    if (network && this.state !== 'open') return void this._refusals.delete('websocket');
    refusal.until = Math.min(refusal.until, now() + TRIAL_SOON_MS);
    if (this.state === 'open') this._scheduleTrial();
  }

  // ---- server-sent events ---------------------------------------------------------------------

  async _stream(call) {
    const { helloTimeout } = this._options;
    this._retryHint = null;
    const cursor = this.cursor;
    this._after(call, helloTimeout, () => {
      // A proxy that buffers lets nothing through until its buffer is full.
      if (!call.hello) this._end(call, 'kind', 'no event came through');
    });
    const response = await this._get(call, this._target({ ids: 'own' }, cursor), 'text/event-stream');
    if (response.status === 204) return { type: 'stop', status: 204 };
    if (response.status !== 200) return this._refusal(response);
    if (!contentType(response).startsWith('text/event-stream')) {
      return { type: 'kind', reason: 'the answer is no event stream' };
    }
    if (!response.body || !response.body.getReader) {
      return { type: 'kind', reason: 'this browser cannot read streams', forever: true };
    }
    const clean = await this._readStream(call, response.body.getReader(), cursor !== null);
    if (call.cause) return { type: call.cause, reason: call.reason };
    if (clean && !call.hello && this._retryHint === null) return { type: 'kind', reason: 'the stream was empty' };
    const hint = clean ? this._retryHint : null;
    return { type: 'lost', reason: clean ? 'the server ended the stream' : 'the stream was cut', hint };
  }

  /** @returns true after a clean end of the body. */
  async _readStream(call, reader, resumed) {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const parser = new SseParser({
      onevent: event => call.cause || this._event(call, event, resumed),
      onretry: ms => (this._retryHint = Math.min(ms, LONGEST_HINT_MS)),
    });
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return true;
        this._heard = this._options.now();
        parser.push(decoder.decode(value, { stream: true }));
        if (call.cause) return false;
      }
    } catch (error) {
      if (error instanceof RangeError) this._report({ kind: 'protocol', fatal: false, error });
      return false;
    } finally {
      if (call.hello && this._options.now() - call.hello >= STEADY_MS) this._failures = 0;
    }
  }

  _event(call, event, resumed) {
    if (event.type === 'tidings.hello') return this._hello(call, this._parse(event.data), resumed);
    if (event.type === 'tidings.state') return this._newsUnread(this._parse(event.data).unread);
    if (event.type === 'tidings.gap') {
      const { topics = [], at = {} } = this._parse(event.data);
      return this._gap(topics, at);
    }
    const at = event.id;
    if (!isToken(at)) {
      return this._report({ kind: 'protocol', fatal: false, error: new TidingsError('message without position') });
    }
    this._message({ topic: this._names.get(tagOf(at)), event: event.type, data: event.data, at, enc: event.enc });
  }

  /** The first one opens; later ones tell of a change of topics. */
  _hello(call, { session, at = {}, heartbeat_ms = 15000, unread }, resumed) {
    const first = !call.hello;
    if (first) call.hello = this._options.now();
    call.heartbeat = heartbeat_ms;
    this.session = session;
    const kept = Object.entries(at).filter(([topic]) => !this._left.has(topic));
    this._name(Object.fromEntries(kept));
    for (const [, token] of kept) {
      const tag = tagOf(token);
      if (!this._received.has(tag)) this._received.set(tag, token);
      if (!this._taken.has(tag) && !this._unsettled(tag)) this._taken.set(tag, this._received.get(tag));
    }
    if (first) {
      this._ack.begin();
      if (call.transport === 'sse') this._watchSilence(call, heartbeat_ms * 2.5);
      this._opened(call.transport, resumed);
    }
    this._setUnread(unread);
    this._ack.schedule();
  }

  /** Re-arms itself for the rest of the silence: one timer for each stream, none for each byte. */
  _watchSilence(call, limit) {
    const silent = Math.max(0, this._options.now() - this._heard);
    if (silent >= limit) return this._end(call, 'lost', 'silence');
    this._after(call, limit - silent, () => this._watchSilence(call, limit));
  }

  // ---- polls ----------------------------------------------------------------------------------

  async _poll(call) {
    const long = call.transport === 'long-poll';
    // A poll's `after` acknowledges: it waits for the handlers.
    while (this._handing.length > 0 && !call.cause) await Promise.race([this._handing[0].settled, call.stopped]);
    if (call.cause) return { type: 'again' };
    call.began = this._heard = this._options.now();
    const cursor = this.cursor;
    // Without a cursor it asks for one first: what came during a wait that is cut would be lost.
    const waits = long && cursor !== null;
    const limit = waits ? LONG_POLL_SECONDS * 1000 + LONG_POLL_GRACE_MS : POLL_TIMEOUT_MS;
    this._after(call, limit, () => this._end(call, 'lost', 'no answer'));
    const params = waits ? { wait: LONG_POLL_SECONDS } : {};
    const response = await this._get(call, this._target(params, cursor), 'application/json');
    if (long && (response.status === 504 || response.status === 408)) {
      return { type: 'kind', reason: 'a proxy does not wait' };
    }
    if (response.status !== 200 && response.status !== 204) return this._refusal(response);
    let body = {};
    if (response.status === 200) {
      if (!contentType(response).includes('json')) return { type: 'kind', reason: 'the answer is no JSON' };
      body = await response.json();
    }
    if (call.cause) return { type: call.cause, reason: call.reason };
    call.finished = true;
    return this._answered(call, response, body, cursor);
  }

  _answered(call, response, body, cursor) {
    const { now, pollEvery } = this._options;
    this._heard = now();
    this._failures = 0;
    this._ack.clear(); // `after` has said it
    this.session = null;
    this._opened(call.transport, cursor !== null);
    const tokens = parseCursor(body.cursor) || [];
    for (const { at, topic } of body.messages || []) this._names.set(tagOf(at), topic);
    if (body.gap && body.gap.length > 0) {
      const at = this._positions(body.gap, tokens);
      this._gap(body.gap, at);
      // Whatever the answer holds of these topics comes behind the gap.
      for (const token of Object.values(at)) this._received.delete(tagOf(token));
    }
    for (const message of body.messages || []) this.state === 'closed' || this._message(message);
    if (call.cause) return { type: 'again' };
    for (const token of tokens) this._received.set(tagOf(token), token);
    this._handOver(tokens, []);
    this._setUnread(body.unread);
    if (body.more) return { type: 'next', ms: 0 };
    const hint = body.poll_after_ms ?? hintOf(response, now(), this._options.random) ?? pollEvery;
    const held = now() - call.began >= (LONG_POLL_SECONDS * 1000) / 2;
    const news = tokens.length > 0 && body.cursor !== cursor;
    // A long poll answered early with nothing new: the server will not hold it, so its pace holds.
    if (call.transport === 'long-poll' && (held || news)) return { type: 'next', ms: 0 };
    return { type: 'next', ms: Math.min(hint, LONGEST_HINT_MS) };
  }

  _positions(topics, tokens) {
    const at = {};
    for (const token of tokens) {
      const name = this._names.get(tagOf(token));
      if (topics.includes(name)) at[name] = token;
    }
    return at;
  }

  // ---- what comes in --------------------------------------------------------------------------

  _opened(transport, resumed) {
    this._refusedCredential = false;
    this._refusals.delete(transport);
    const better = this._options.transports[0];
    const reason = transport === better ? 'best' : this._refusals.get(better)?.reason || 'fallback';
    const changed = this.transport !== transport;
    this._setTransport(transport, reason);
    const refusal = this._refusals.get('websocket');
    if (refusal && this._trial === null) {
      refusal.sure = true;
      this._scheduleTrial();
    }
    if (this.state === 'open' && !changed && !STREAMS.has(transport)) return;
    this._setState('open');
    this._emit('open', { transport, session: this.session, resumed });
  }

  _message(message) {
    const tag = tagOf(message.at);
    if (!isNew(this._received.get(tag), message.at)) return;
    this._received.set(tag, message.at);
    this._handOver([message.at], this._emit('message', makeMessage(message)));
  }

  _gap(topics, at) {
    this._name(at);
    const tokens = Object.values(at);
    for (const token of tokens) this._received.set(tagOf(token), token);
    this._handOver(tokens, this._emit('gap', { topics, at, transport: this.transport }));
  }

  _name(at) {
    for (const [topic, token] of Object.entries(at)) this._names.set(tagOf(token), topic);
  }

  /** Tokens count as taken when their handlers, and all handlers before, are done. */
  _handOver(tokens, promises) {
    const entry = { tokens, done: promises.length === 0, settled: null };
    if (!entry.done) {
      entry.settled = Promise.all(promises).then(() => {
        entry.done = true;
        this._settle();
      });
    }
    this._handing.push(entry);
    this._settle();
  }

  _settle() {
    while (this._handing.length > 0 && this._handing[0].done) {
      for (const token of this._handing.shift().tokens) {
        const tag = tagOf(token);
        if (!this._received.has(tag) || this._taken.get(tag) === token) continue;
        this._taken.set(tag, token);
        if (STREAMS.has(this.transport)) this._ack.took(tag);
      }
    }
    if (this.state !== 'closed') this._ack.schedule();
  }

  _unsettled(tag) {
    return this._handing.some(({ tokens }) => tokens.some(token => tagOf(token) === tag));
  }

  /** Handlers work on the first messages of a topic: a stream opened now would begin behind them, at the present. */
  _baseless() {
    return this._handing.some(({ tokens }) => tokens.some(token => !this._taken.has(tagOf(token))));
  }

  // ---- requests -------------------------------------------------------------------------------

  _target(params, cursor) {
    const { from } = this._options;
    const parts = [];
    if (cursor !== null) parts.push(`after=${cursor}`);
    else if (from) parts.push(`from=${from}`);
    for (const [name, value] of Object.entries(params)) parts.push(`${name}=${value}`);
    return this._asked(parts);
  }

  /** What every request says: which topics it is about, and which device speaks. */
  _asked(parts = []) {
    if (this._topics.size > 0) parts.unshift(`topics=${[...this._topics].map(encodeURIComponent).join(',')}`);
    parts.push(`device=${encodeURIComponent(this.device)}`);
    return this._url + (this._url.includes('?') ? '&' : '?') + parts.join('&');
  }

  _headers(more) {
    return this._credential ? { ...more, Authorization: `Bearer ${this._credential}` } : more;
  }

  _get(call, url, accept) {
    const { fetch, credentials } = this._options;
    const headers = this._headers({ Accept: accept });
    return fetch(url, { headers, credentials, cache: 'no-store', signal: call.control.signal });
  }

  _post(body, more = {}) {
    const { fetch, credentials } = this._options;
    const headers = this._headers({ 'Content-Type': 'application/json' });
    return fetch(this._asked(), { method: 'POST', headers, credentials, body: JSON.stringify(body), ...more });
  }

  /** A status that is no success -> the end of the attempt. */
  _refusal(response) {
    const { status } = response;
    if (status === 401) return { type: 'unauthorized' };
    if (STOP.has(status)) return { type: 'stop', status };
    if (WRONG_KIND.has(status)) return { type: 'kind', reason: `status ${status}` };
    const hint = hintOf(response, this._options.now(), this._options.random);
    return { type: 'lost', reason: `status ${status}`, hint, hard: hint !== null };
  }

  async _refreshed(refused = true) {
    if (!this._options.token) return false;
    try {
      this._credential = await this._options.token({ refused });
      return true;
    } catch (error) {
      this._report({ kind: 'token', fatal: false, error });
      return false;
    }
  }

  /** One request of the page itself, with a body a POST; asks for a new token once. */
  async _ask(url, body) {
    const { fetch, credentials, token } = this._options;
    if (this._credential === null && token) this._credential = await token({ refused: false });
    for (let retried = false; ; retried = true) {
      const response =
        body === undefined
          ? await fetch(url, { headers: this._headers({ Accept: 'application/json' }), credentials, cache: 'no-store' })
          : await this._post(body);
      if (response.status === 401 && !retried && (await this._refreshed())) continue;
      const answer = await response.json().catch(() => ({}));
      if (response.ok) return answer;
      const { message, error: code } = answer;
      throw new TidingsError(message || `status ${response.status}`, { status: response.status, code });
    }
  }

  // ---- the page -------------------------------------------------------------------------------

  /**
   * After sleep timers are late and sockets may be dead without a word.
   * @param certain  what was open is dead.  @param network  it is another network than before.
   */
  _check({ certain = false, network = false } = {}) {
    if (this.state === 'closed') return;
    this._hasten(network);
    const nap = this._nap;
    const { now } = this._options;
    if (nap && !nap.hard && (!nap.quiet || certain) && now() - nap.since >= Math.min(BACKOFF_BASE_MS, nap.ms)) {
      return nap.wake();
    }
    if (nap && now() - nap.since >= nap.ms) return nap.wake();
    const call = this._call;
    if (!call) return;
    const heartbeat = call.heartbeat || (call.transport === 'long-poll' ? LONG_POLL_SECONDS * 1000 : 10000);
    const heard = call.link ? call.link.heard : this._heard;
    // A socket's pings do not show, so it may live after a longer silence.
    const limit = heartbeat * (call.transport === 'websocket' ? 2.5 : 1.5);
    if (certain || now() - heard > limit) this._again('woken');
    else if (this._link) this._link.probe(WAKE_PROBE_MS).catch(() => {});
  }

  _setState(state, reason = '', retryInMs = 0) {
    if (this.state === 'closed') return;
    const same = this.state === state && state !== 'waiting' && state !== 'open';
    this.state = state;
    if (!same) this._emit('state', { state, transport: this.transport, reason, retryInMs });
  }

  _newsUnread(unread) {
    this._told++;
    this._setUnread(unread);
  }

  // An answer that news has overtaken says what was; the server tells every session what a mark has changed.
  _answerUnread(unread, told) {
    if (told === this._told) this._setUnread(unread);
  }

  _setUnread(unread) {
    if (typeof unread !== 'number' || unread === this.unread) return;
    this.unread = unread;
    this._emit('unread', unread);
  }

  _parse(text) {
    try {
      return JSON.parse(text) || {};
    } catch (error) {
      this._report({ kind: 'protocol', fatal: false, error });
      return {};
    }
  }

  /** Calls all handlers. @returns promises of those that are not done yet; they never reject. */
  _emit(type, value) {
    const pending = [];
    for (const handler of [...(this._listeners.get(type) || [])]) {
      try {
        const result = handler(value);
        if (result && typeof result.then === 'function') {
          pending.push(Promise.resolve(result).catch(error => this._failed(type, error)));
        }
      } catch (error) {
        this._failed(type, error);
      }
    }
    return pending;
  }

  /** A handler threw: said once, and the stream goes on. */
  _failed(type, error) {
    if (type === 'error') console.error(error);
    else this._report({ kind: 'handler', fatal: false, handler: type, error });
  }

  _within(ms, promise) {
    const { setTimeout, clearTimeout } = this._options;
    let timer;
    const late = new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new TidingsError(`no answer within ${ms} ms`, { code: 'timeout' })), ms);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }

  _report(problem) {
    const known = this._listeners.get('error');
    if (known && known.size > 0) this._emit('error', problem);
    else console.error('tidings:', problem.kind, problem.error || problem.status || '');
  }
}

const toError = ({ message, code }) => new TidingsError(message || code, { code });

/**
 * Connects a page to a mounted endpoint.
 *
 * @param {string} url  where the endpoint is mounted, '/push'; absolute in Node and across origins.
 * @param {object} [options]
 *   topics       names asked for in addition to those of the identity, []
 *   token        async ({refused}) => string; called before each request that opens, and with refused: true after a
 *                401 and when the server asks for new credentials. Without it the browser's cookies speak
 *   tokenParam   name of a query parameter that carries to a browser's WebSocket a token with other characters than
 *                those of a subprotocol, such as a space or a slash; without it such a token leaves WebSocket out
 *   transports   in order of preference, ['websocket', 'sse', 'long-poll', 'short-poll']
 *   from         'top' | 'start', where to begin without a cursor
 *   cursor       of an earlier client, goes on after it
 *   device       names the client device, [A-Za-z0-9_-]{1,64}; random when absent
 *   acknowledge  true: tell the server at most once a second what the handlers took (WebSocket, SSE)
 *   pollEvery    ms between short polls when the server gives no hint, 30000
 *   helloTimeout ms until a silent socket or event stream is taken for a proxy's doing, 5000
 *   credentials  of fetch, 'same-origin'
 *   onmessage, ongap, onstate, onopen, ontransport, onunread, onerror   as `Client.on`
 *   platform     where it runs, see tidings.platform.js; this browser when absent
 *   fetch, WebSocket, random, now, setTimeout, clearTimeout, document, window   for tests
 */
function connect(url, options = {}) {
  const platform = options.platform || platformHere(options);
  const wanted = options.transports || TRANSPORTS;
  const unknown = wanted.filter(name => !TRANSPORTS.includes(name));
  if (unknown.length > 0) throw new TypeError(`transports: ${unknown}`);
  const transports = wanted.filter(name => platform.transports.includes(name));
  if (transports.length === 0) throw new TypeError(`transports: none of [${wanted}] works here`);
  const client = new Client(url, {
    topics: [],
    acknowledge: true,
    pollEvery: 30000,
    helloTimeout: 5000,
    credentials: 'same-origin',
    ...platform,
    ...options,
    transports,
  });
  client.start();
  return client;
}

module.exports = { connect, Client, TidingsError, isToken, parseCursor, tagOf };
