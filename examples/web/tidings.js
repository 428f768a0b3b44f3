// SPDX-License-Identifier: BSL-1.0
//
// The browser client of tidings: one file, no dependency, an ES module.
//
//   import { connect } from '/web/tidings.js';
//   const client = connect('/push', {
//     topics: ['orders'],
//     token: async () => (await fetch('/session')).text(),
//     onmessage: message => show(message.topic, message.event, message.json()),
//     ongap: gap => reload(gap.topics),
//   });
//
// What it promises: messages of a topic reach the handlers in order and once; after any cut it goes
// on after the last message that the handlers took, or says with `gap` which topics must be re-read.
// It runs in browsers and in Node 18 or newer; timers, clock, randomness and fetch can be injected.

const TOKEN_CHARS = 24; // position token: 6 topic tag + 10 epoch + 8 offset, base64url
const TAG_CHARS = 6;
const EPOCH_END = 16;

const LONG_POLL_SECONDS = 25; // the longest wait that the endpoint grants
const LONG_POLL_GRACE_MS = 10000; // an answer later than this after its wait is lost
const POLL_TIMEOUT_MS = 20000;
const BACKOFF_BASE_MS = 1000;
const BACKOFF_CAP_MS = 30000;
const LONGEST_HINT_MS = 300000; // a server's hint is honoured up to five minutes
const STEADY_MS = 5000; // a stream that lived this long was a success
const PENALTY_MS = 60000; // a refused transport is tried again after this, doubling
const PENALTY_CAP_MS = 900000;
const ACK_EVERY_MS = 1000;
const ACK_GATHER_MS = 100; // lets one acknowledgement cover a burst
const MAX_EVENT_CHARS = 16 * 1024 * 1024;

const TRANSPORTS = ['sse', 'long-poll', 'short-poll'];
const STOP = new Set([400, 403]); // asking again would not change the answer
const WRONG_KIND = new Set([404, 405, 406, 410, 415, 501]); // another transport may do

/** Failure of a request that the page made: `status` of HTTP, `code` as the endpoint names it. */
export class TidingsError extends Error {
  constructor(message, { status = 0, code = '' } = {}) {
    super(message);
    this.name = 'TidingsError';
    this.status = status;
    this.code = code;
  }
}

/** Token -> its topic tag, the first 6 characters. */
export const tagOf = token => token.slice(0, TAG_CHARS);

/** Is it a position token: exactly 24 base64url characters? */
export const isToken = text => typeof text === 'string' && /^[A-Za-z0-9_-]{24}$/.test(text);

/** Cursor (`1` + tokens) -> array of tokens; a bare token is a cursor of one; garbage -> null. */
export function parseCursor(text) {
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
export function isNew(kept, token) {
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
export class SseParser {
  #rest = '';
  #started = false;
  #skipLineFeed = false;
  #data = null;
  #type = '';
  #enc = '';
  #id = '';
  #size = 0;
  #on;

  constructor({ onevent = () => {}, onretry = () => {}, maxEventChars = MAX_EVENT_CHARS } = {}) {
    this.#on = { onevent, onretry, maxEventChars };
  }

  /** @param {string} text the next piece, cut anywhere, also between CR and LF. */
  push(text) {
    if (text === '') return;
    if (!this.#started && text[0] === '\uFEFF') text = text.slice(1);
    this.#started = true;
    if (this.#skipLineFeed && text !== '') {
      if (text[0] === '\n') text = text.slice(1);
      this.#skipLineFeed = false;
    }
    const all = this.#rest + text;
    let start = 0;
    for (let i = this.#rest.length; i < all.length; i++) {
      const c = all.charCodeAt(i);
      if (c !== 10 && c !== 13) continue;
      this.#line(all.slice(start, i));
      if (c === 13) {
        if (i + 1 === all.length) this.#skipLineFeed = true;
        else if (all.charCodeAt(i + 1) === 10) i++;
      }
      start = i + 1;
    }
    this.#rest = all.slice(start);
    if (this.#rest.length + this.#size > this.#on.maxEventChars) throw new RangeError('event too long');
  }

  #line(line) {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value[0] === ' ') value = value.slice(1);
    if (name === 'data') {
      this.#size += value.length + 1;
      if (this.#data === null) this.#data = [];
      this.#data.push(value);
    } else if (name === 'event') this.#type = value;
    else if (name === 'id') {
      if (!value.includes('\0')) this.#id = value;
    } else if (name === 'retry') {
      if (/^[0-9]+$/.test(value)) this.#on.onretry(Number(value));
    } else if (name === 'enc') this.#enc = value; // ours; a plain EventSource ignores it
  }

  #dispatch() {
    const [data, type, enc] = [this.#data, this.#type, this.#enc];
    this.#data = null;
    this.#type = '';
    this.#enc = '';
    this.#size = 0;
    if (data === null) return;
    this.#on.onevent({ type: type || 'message', data: data.join('\n'), id: this.#id, enc });
  }
}

function bytesOfBase64(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

/** `data` is text as published, or a JSON value that a poll answer carries as it is. */
function makeMessage({ topic, event, data, at, enc, ...more }) {
  const embedded = typeof data !== 'string';
  const message = {
    ...more,
    topic,
    event: event || 'message',
    data: embedded ? JSON.stringify(data) : data,
    at,
    json: () => (embedded ? data : JSON.parse(data)),
  };
  if (enc === 'base64') message.binary = bytesOfBase64(data);
  return message;
}

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

/**
 * One page's connection. Made by `connect`. Properties that may be read at any time:
 * `transport`, `state`, `session`, `unread`, `device`, `cursor`.
 */
export class Client {
  transport = null;
  state = 'connecting';
  session = null;
  unread = null;
  device;

  #url;
  #options;
  #topics;
  #listeners = new Map();
  #names = new Map(); // tag -> topic
  #received = new Map(); // tag -> token: what came in
  #taken = new Map(); // tag -> token: what the handlers are done with
  #handing = []; // in order: what the handlers still work on
  #unconfirmed = new Set(); // tags taken since the last acknowledgement
  #ack = { timer: null, at: -Infinity, failures: 0, busy: false, allowed: true };
  #refusals = new Map(); // transport -> { count, until }
  #failures = 0;
  #retryHint = null;
  #credential = null;
  #refusedCredential = false;
  #call = null; // the request under way
  #nap = null; // the pause under way
  #running = false;
  #revived = false;
  #heard = 0;
  #hush = []; // undo functions of window and document listeners

  constructor(url, options) {
    const hash = url.indexOf('#');
    this.#url = hash < 0 ? url : url.slice(0, hash);
    this.#options = options;
    this.#topics = new Set(options.topics);
    this.device = options.device || randomName(options.random);
    for (const token of parseCursor(options.cursor) || []) {
      this.#received.set(tagOf(token), token);
      this.#taken.set(tagOf(token), token);
    }
    for (const type of ['message', 'gap', 'state', 'open', 'transport', 'unread', 'error']) {
      if (options[`on${type}`]) this.on(type, options[`on${type}`]);
    }
    this.#watchPage();
  }

  /** Position after the last message that the handlers took; hand it to `connect` to go on there. */
  get cursor() {
    return this.#taken.size === 0 ? null : '1' + [...this.#taken.values()].join('');
  }

  /**
   * Types: message {topic, event, data, json(), at, binary?}; gap {topics, at, transport};
   * state {state, transport, reason, retryInMs}; open {transport, session, resumed};
   * transport {transport, previous, reason}; unread (number); error {kind, fatal, status, error}.
   * A message handler may return a promise: the message counts as taken when it settles.
   * @returns {() => void} takes the handler away again.
   */
  on(type, handler) {
    if (!this.#listeners.has(type)) this.#listeners.set(type, new Set());
    this.#listeners.get(type).add(handler);
    return () => this.#listeners.get(type).delete(handler);
  }

  /** Asks for more topics; the connection is opened anew and goes on where it was. */
  subscribe(topics) {
    const before = this.#topics.size;
    for (const topic of [].concat(topics)) this.#topics.add(topic);
    if (this.#topics.size !== before) this.#again('subscribe');
  }

  /** Takes topics away that were asked for; those that the identity brings stay. */
  unsubscribe(topics) {
    for (const topic of [].concat(topics)) {
      if (!this.#topics.delete(topic)) continue;
      for (const [tag, name] of this.#names) {
        if (name !== topic) continue;
        for (const map of [this.#names, this.#received, this.#taken]) map.delete(tag);
        this.#unconfirmed.delete(tag);
      }
      this.#again('unsubscribe');
    }
  }

  /** Marks inbox messages as seen: 'all', one token or message, or an array. @returns unread number. */
  async seen(what) {
    const tokens = what === 'all' ? 'all' : [].concat(what).map(item => (typeof item === 'string' ? item : item.at));
    const answer = await this.#ask(this.#url, { seen: tokens });
    this.#setUnread(answer.unread);
    return answer.unread;
  }

  /** The inbox, newest first. @returns {Promise<{messages, unread, more}>} messages with time, seen, state. */
  async inbox({ before, limit = 20 } = {}) {
    const [path, query] = this.#url.split('?');
    const asked = [query, before && `before=${before}`, `limit=${limit}`].filter(Boolean).join('&');
    const answer = await this.#ask(`${path}/inbox?${asked}`);
    this.#setUnread(answer.unread);
    return { ...answer, messages: (answer.messages || []).map(makeMessage) };
  }

  /** Opens the connection anew at once, also after a stop (401, 403). */
  reconnect() {
    if (this.state === 'closed') return;
    this.#refusedCredential = false;
    if (!this.#running) return void this.#run();
    this.#revived = this.state === 'stopped';
    this.#again('asked');
  }

  /** Ends it for good; a last acknowledgement is sent. */
  close() {
    if (this.state === 'closed') return;
    this.#flush();
    for (const undo of this.#hush) undo();
    this.#setState('closed');
    this.#again('closed');
  }

  // ---- the loop -------------------------------------------------------------------------------

  /** Called by `connect`. */
  start() {
    // The page gets its turn to call `on` before anything happens.
    Promise.resolve().then(() => this.#running || this.state === 'closed' || this.#run());
  }

  async #run() {
    this.#running = true;
    while (this.state !== 'closed') {
      const transport = this.#pick();
      // An event stream that is asked for anew has ended; between polls all is well.
      if (this.state !== 'open' || this.transport === 'sse') this.#setState('connecting');
      const end = await this.#attempt(transport);
      if (this.state === 'closed') break;
      const pause = this.#judge(transport, end);
      if (pause === null && !this.#revived) break;
      this.#revived = false;
      if (pause && pause.ms > 0) await this.#sleep(pause);
    }
    this.#running = false;
  }

  /** The first transport of the list that is not paying for a refusal. */
  #pick() {
    const { transports, now } = this.#options;
    const free = transports.find(name => !(this.#refusals.get(name)?.until > now()));
    return free || transports[transports.length - 1];
  }

  #setTransport(transport, reason) {
    if (this.transport === transport) return;
    const previous = this.transport;
    this.transport = transport;
    this.#emit('transport', { transport, previous, reason });
  }

  async #attempt(transport) {
    const call = { transport, cause: null, reason: '', control: new AbortController(), timers: new Set() };
    call.began = this.#options.now();
    this.#call = call;
    try {
      const refreshed = await this.#authorize();
      if (refreshed !== true) return refreshed;
      if (call.cause) return { type: 'again' };
      call.began = this.#heard = this.#options.now();
      return await (transport === 'sse' ? this.#stream(call) : this.#poll(call));
    } catch (error) {
      if (call.cause) return { type: call.cause, reason: call.reason };
      return { type: 'lost', reason: String((error && error.message) || error) };
    } finally {
      for (const timer of call.timers) this.#options.clearTimeout(timer);
      // Frees the connection of an answer whose body nobody reads.
      if (!call.finished) call.control.abort();
      this.#call = null;
    }
  }

  async #authorize() {
    if (!this.#options.token) return true;
    try {
      this.#credential = await this.#options.token({ refused: this.#refusedCredential });
      return true;
    } catch (error) {
      this.#report({ kind: 'token', fatal: false, error });
      return { type: 'lost', reason: 'no token' };
    }
  }

  /** What an attempt's end means. @returns {{ms, hard}} the pause, or null: stop. */
  #judge(transport, end) {
    const { now, random } = this.#options;
    if (end.type === 'again') return { ms: 0 };
    if (end.type === 'next') return { ms: end.ms, quiet: true, hard: end.hard };
    if (end.type === 'unauthorized') {
      if (this.#options.token && !this.#refusedCredential) {
        this.#refusedCredential = true;
        return { ms: 0 };
      }
      return this.#stop({ kind: 'unauthorized', status: 401 });
    }
    if (end.type === 'stop') return this.#stop({ kind: 'refused', status: end.status, error: end.error });
    this.#failures++;
    if (end.type === 'kind') {
      const count = (this.#refusals.get(transport)?.count || 0) + 1;
      const rest = end.forever ? Infinity : Math.min(PENALTY_MS * 2 ** (count - 1), PENALTY_CAP_MS);
      this.#refusals.set(transport, { count, until: now() + rest, reason: end.reason });
      if (this.#pick() !== transport) return { ms: 0 };
    }
    const base = Math.max(BACKOFF_BASE_MS, this.#retryHint || 0);
    let ms = random() * Math.min(BACKOFF_CAP_MS, base * 2 ** Math.min(this.#failures - 1, 10));
    if (end.hint !== undefined && end.hint !== null) {
      // The server spreads its hints itself; ours is added only against a server that repeats them fast.
      ms = end.hint + (this.#failures > 1 && !end.hard ? ms : 0);
    }
    this.#setState('waiting', end.reason, ms);
    return { ms, hard: end.hard };
  }

  #stop(error) {
    this.#setState('stopped', error.kind);
    this.#report({ ...error, fatal: true });
    return null;
  }

  /** Waits; `#again` and a waking page cut it short, but not a pause that the server asked for. */
  #sleep({ ms, hard, quiet }) {
    return new Promise(resolve => {
      const wake = () => {
        this.#options.clearTimeout(nap.timer);
        this.#nap = null;
        resolve();
      };
      const nap = { hard, quiet, wake, since: this.#options.now(), ms };
      nap.timer = this.#options.setTimeout(wake, ms);
      this.#nap = nap;
    });
  }

  /** Ends the request or pause under way, so that the loop turns at once. */
  #again(reason) {
    if (this.#nap) this.#nap.wake();
    if (this.#call) this.#end(this.#call, 'again', reason);
  }

  #end(call, cause, reason) {
    if (call.cause) return;
    call.cause = cause;
    call.reason = reason;
    call.control.abort();
  }

  #after(call, ms, action) {
    const timer = this.#options.setTimeout(() => {
      call.timers.delete(timer);
      action();
    }, ms);
    call.timers.add(timer);
    return timer;
  }

  // ---- server-sent events ---------------------------------------------------------------------

  async #stream(call) {
    const { helloTimeout } = this.#options;
    this.#retryHint = null;
    const cursor = this.cursor;
    this.#after(call, helloTimeout, () => {
      // A proxy that buffers lets nothing through until its buffer is full.
      if (!call.hello) this.#end(call, 'kind', 'no event came through');
    });
    const response = await this.#get(call, this.#target({ ids: 'own' }, cursor), 'text/event-stream');
    if (response.status === 204) return { type: 'stop', status: 204 };
    if (response.status !== 200) return this.#refusal(response);
    if (!contentType(response).startsWith('text/event-stream')) {
      return { type: 'kind', reason: 'the answer is no event stream' };
    }
    if (!response.body || !response.body.getReader) {
      return { type: 'kind', reason: 'this browser cannot read streams', forever: true };
    }
    const clean = await this.#readStream(call, response.body.getReader(), cursor);
    if (call.cause) return { type: call.cause, reason: call.reason };
    if (clean && !call.hello && this.#retryHint === null) return { type: 'kind', reason: 'the stream was empty' };
    const hint = clean ? this.#retryHint : null;
    return { type: 'lost', reason: clean ? 'the server ended the stream' : 'the stream was cut', hint };
  }

  /** @returns true after a clean end of the body. */
  async #readStream(call, reader, cursor) {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const parser = new SseParser({
      onevent: event => call.cause || this.#event(call, event, cursor),
      onretry: ms => (this.#retryHint = Math.min(ms, LONGEST_HINT_MS)),
    });
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return true;
        this.#heard = this.#options.now();
        parser.push(decoder.decode(value, { stream: true }));
        if (call.cause) return false;
      }
    } catch (error) {
      if (error instanceof RangeError) this.#report({ kind: 'protocol', fatal: false, error });
      return false;
    } finally {
      if (call.hello && this.#options.now() - call.hello >= STEADY_MS) this.#failures = 0;
    }
  }

  #event(call, event, cursor) {
    if (event.type === 'tidings.hello') return this.#hello(call, this.#parse(event.data), cursor);
    if (event.type === 'tidings.state') return this.#setUnread(this.#parse(event.data).unread);
    if (event.type === 'tidings.gap') {
      const { topics = [], at = {} } = this.#parse(event.data);
      return this.#gap(topics, at);
    }
    const at = event.id;
    if (!isToken(at)) {
      return this.#report({ kind: 'protocol', fatal: false, error: new TidingsError('message without position') });
    }
    this.#message({ topic: this.#names.get(tagOf(at)), event: event.type, data: event.data, at, enc: event.enc });
  }

  #hello(call, { session, at = {}, heartbeat_ms = 15000, unread }, cursor) {
    call.hello = this.#options.now();
    call.heartbeat = heartbeat_ms;
    this.session = session;
    this.#name(at);
    for (const token of Object.values(at)) {
      const tag = tagOf(token);
      if (!this.#received.has(tag)) this.#received.set(tag, token);
      if (!this.#taken.has(tag)) this.#taken.set(tag, this.#received.get(tag));
    }
    this.#ack.allowed = true;
    this.#watchSilence(call, heartbeat_ms * 2.5);
    this.#opened('sse', cursor !== null);
    this.#setUnread(unread);
    if (this.#unconfirmed.size > 0) this.#scheduleAck();
  }

  /** Re-arms itself for the rest of the silence: one timer for each stream, none for each byte. */
  #watchSilence(call, limit) {
    const silent = Math.max(0, this.#options.now() - this.#heard);
    if (silent >= limit) return this.#end(call, 'lost', 'silence');
    this.#after(call, limit - silent, () => this.#watchSilence(call, limit));
  }

  // ---- polls ----------------------------------------------------------------------------------

  async #poll(call) {
    const long = call.transport === 'long-poll';
    // A poll's `after` acknowledges: it waits for the handlers.
    while (this.#handing.length > 0) await this.#handing[0].settled;
    if (call.cause) return { type: 'again' };
    call.began = this.#heard = this.#options.now();
    const cursor = this.cursor;
    // Without a cursor it asks for one first: what came during a wait that is cut would be lost.
    const waits = long && cursor !== null;
    const limit = waits ? LONG_POLL_SECONDS * 1000 + LONG_POLL_GRACE_MS : POLL_TIMEOUT_MS;
    this.#after(call, limit, () => this.#end(call, 'lost', 'no answer'));
    const params = waits ? { wait: LONG_POLL_SECONDS } : {};
    const response = await this.#get(call, this.#target(params, cursor), 'application/json');
    if (long && (response.status === 504 || response.status === 408)) {
      return { type: 'kind', reason: 'a proxy does not wait' };
    }
    if (response.status !== 200 && response.status !== 204) return this.#refusal(response);
    let body = {};
    if (response.status === 200) {
      if (!contentType(response).includes('json')) return { type: 'kind', reason: 'the answer is no JSON' };
      body = await response.json();
    }
    if (call.cause) return { type: call.cause, reason: call.reason };
    call.finished = true;
    return this.#answered(call, response, body, cursor);
  }

  #answered(call, response, body, cursor) {
    const { now, pollEvery } = this.#options;
    this.#heard = now();
    this.#failures = 0;
    this.#unconfirmed.clear(); // `after` has said it
    this.session = null;
    this.#opened(call.transport, cursor !== null);
    const tokens = parseCursor(body.cursor) || [];
    for (const { at, topic } of body.messages || []) this.#names.set(tagOf(at), topic);
    if (body.gap && body.gap.length > 0) {
      const at = this.#positions(body.gap, tokens);
      this.#gap(body.gap, at);
      // Whatever the answer holds of these topics comes behind the gap.
      for (const token of Object.values(at)) this.#received.delete(tagOf(token));
    }
    for (const message of body.messages || []) this.state === 'closed' || this.#message(message);
    if (call.cause) return { type: 'again' };
    for (const token of tokens) this.#received.set(tagOf(token), token);
    this.#handOver(tokens, []);
    this.#setUnread(body.unread);
    if (body.more) return { type: 'next', ms: 0 };
    const hint = body.poll_after_ms ?? hintOf(response, now(), this.#options.random) ?? pollEvery;
    const held = now() - call.began >= (LONG_POLL_SECONDS * 1000) / 2;
    const news = tokens.length > 0 && body.cursor !== cursor;
    // A long poll answered early with nothing new: the server will not hold it, so its pace holds.
    if (call.transport === 'long-poll' && (held || news)) return { type: 'next', ms: 0 };
    return { type: 'next', ms: Math.min(hint, LONGEST_HINT_MS) };
  }

  #positions(topics, tokens) {
    const at = {};
    for (const token of tokens) {
      const name = this.#names.get(tagOf(token));
      if (topics.includes(name)) at[name] = token;
    }
    return at;
  }

  // ---- what comes in --------------------------------------------------------------------------

  #opened(transport, resumed) {
    this.#refusedCredential = false;
    this.#refusals.delete(transport);
    const better = this.#options.transports[0];
    const reason = transport === better ? 'best' : this.#refusals.get(better)?.reason || 'fallback';
    const changed = this.transport !== transport;
    this.#setTransport(transport, reason);
    if (this.state === 'open' && !changed && transport !== 'sse') return;
    this.#setState('open');
    this.#emit('open', { transport, session: this.session, resumed });
  }

  #message(message) {
    const tag = tagOf(message.at);
    if (!isNew(this.#received.get(tag), message.at)) return;
    this.#received.set(tag, message.at);
    this.#handOver([message.at], this.#emit('message', makeMessage(message)));
  }

  #gap(topics, at) {
    this.#name(at);
    const tokens = Object.values(at);
    for (const token of tokens) this.#received.set(tagOf(token), token);
    this.#handOver(tokens, this.#emit('gap', { topics, at, transport: this.transport }));
  }

  #name(at) {
    for (const [topic, token] of Object.entries(at)) this.#names.set(tagOf(token), topic);
  }

  /** Tokens count as taken when their handlers, and all handlers before, are done. */
  #handOver(tokens, promises) {
    const entry = { tokens, done: promises.length === 0, settled: null };
    if (!entry.done) {
      entry.settled = Promise.all(promises).then(() => {
        entry.done = true;
        this.#settle();
      });
    }
    this.#handing.push(entry);
    this.#settle();
  }

  #settle() {
    while (this.#handing.length > 0 && this.#handing[0].done) {
      for (const token of this.#handing.shift().tokens) {
        const tag = tagOf(token);
        if (!this.#received.has(tag) || this.#taken.get(tag) === token) continue;
        this.#taken.set(tag, token);
        if (this.transport === 'sse') this.#unconfirmed.add(tag);
      }
    }
    if (this.#unconfirmed.size > 0) this.#scheduleAck();
  }

  // ---- acknowledgements -----------------------------------------------------------------------

  #scheduleAck() {
    const ack = this.#ack;
    const { acknowledge, now, setTimeout } = this.#options;
    if (!acknowledge || !ack.allowed || ack.timer !== null || ack.busy || this.state === 'closed') return;
    const spacing = ACK_EVERY_MS * 2 ** Math.min(ack.failures, 5);
    const wait = Math.max(ACK_GATHER_MS, Math.min(spacing, ack.at + spacing - now()));
    ack.timer = setTimeout(() => {
      ack.timer = null;
      if (this.state === 'open' && this.transport === 'sse') this.#sendAck();
    }, wait);
  }

  async #sendAck() {
    const ack = this.#ack;
    const tags = [...this.#unconfirmed].filter(tag => this.#taken.has(tag));
    this.#unconfirmed.clear();
    if (tags.length === 0) return;
    ack.busy = true;
    ack.at = this.#options.now();
    let status = 0;
    try {
      const response = await this.#post(this.#ackBody(tags));
      status = response.status;
      if (status === 401) await this.#refreshed();
    } catch {
      // The next one covers it; a lost connection is found by the stream itself.
    }
    ack.busy = false;
    const fine = status >= 200 && status < 300;
    ack.failures = fine ? 0 : ack.failures + 1;
    if (!fine) for (const tag of tags) this.#unconfirmed.add(tag);
    if (status >= 400 && status < 500 && status !== 401 && status !== 429) {
      ack.allowed = false;
      this.#report({ kind: 'acknowledge', fatal: false, status });
    }
    if (this.#unconfirmed.size > 0) this.#scheduleAck();
  }

  #ackBody(tags) {
    return { ack: '1' + tags.map(tag => this.#taken.get(tag)).join('') };
  }

  /** The page goes away: the last acknowledgement must outlive it. */
  #flush() {
    const tags = [...this.#unconfirmed].filter(tag => this.#taken.has(tag));
    if (this.#ack.timer !== null) this.#options.clearTimeout(this.#ack.timer);
    this.#ack.timer = null;
    if (!this.#options.acknowledge || !this.#ack.allowed || tags.length === 0) return;
    this.#unconfirmed.clear();
    this.#ack.at = this.#options.now();
    this.#post(this.#ackBody(tags), { keepalive: true }).catch(() => {});
  }

  // ---- requests -------------------------------------------------------------------------------

  #target(params, cursor) {
    const { from } = this.#options;
    const parts = [];
    if (cursor !== null) parts.push(`after=${cursor}`);
    else if (from) parts.push(`from=${from}`);
    for (const [name, value] of Object.entries(params)) parts.push(`${name}=${value}`);
    return this.#asked(parts);
  }

  /** What every request says: which topics it is about, and which device speaks. */
  #asked(parts = []) {
    if (this.#topics.size > 0) parts.unshift(`topics=${[...this.#topics].map(encodeURIComponent).join(',')}`);
    parts.push(`device=${encodeURIComponent(this.device)}`);
    return this.#url + (this.#url.includes('?') ? '&' : '?') + parts.join('&');
  }

  #headers(more) {
    return this.#credential ? { ...more, Authorization: `Bearer ${this.#credential}` } : more;
  }

  #get(call, url, accept) {
    const { fetch, credentials } = this.#options;
    const headers = this.#headers({ Accept: accept });
    return fetch(url, { headers, credentials, cache: 'no-store', signal: call.control.signal });
  }

  #post(body, more = {}) {
    const { fetch, credentials } = this.#options;
    const headers = this.#headers({ 'Content-Type': 'application/json' });
    return fetch(this.#asked(), { method: 'POST', headers, credentials, body: JSON.stringify(body), ...more });
  }

  /** A status that is no success -> the end of the attempt. */
  #refusal(response) {
    const { status } = response;
    if (status === 401) return { type: 'unauthorized' };
    if (STOP.has(status)) return { type: 'stop', status };
    if (WRONG_KIND.has(status)) return { type: 'kind', reason: `status ${status}` };
    const hint = hintOf(response, this.#options.now(), this.#options.random);
    return { type: 'lost', reason: `status ${status}`, hint, hard: hint !== null };
  }

  async #refreshed() {
    if (!this.#options.token) return false;
    try {
      this.#credential = await this.#options.token({ refused: true });
      return true;
    } catch (error) {
      this.#report({ kind: 'token', fatal: false, error });
      return false;
    }
  }

  /** One request of the page itself, with a body a POST; asks for a new token once. */
  async #ask(url, body) {
    const { fetch, credentials, token } = this.#options;
    if (this.#credential === null && token) this.#credential = await token({ refused: false });
    for (let retried = false; ; retried = true) {
      const response =
        body === undefined
          ? await fetch(url, { headers: this.#headers({ Accept: 'application/json' }), credentials, cache: 'no-store' })
          : await this.#post(body);
      if (response.status === 401 && !retried && (await this.#refreshed())) continue;
      const answer = await response.json().catch(() => ({}));
      if (response.ok) return answer;
      const { message = `status ${response.status}`, error: code } = answer;
      throw new TidingsError(message, { status: response.status, code });
    }
  }

  // ---- the page -------------------------------------------------------------------------------

  #watchPage() {
    const { document, window } = this.#options;
    const listen = (target, type, action) => {
      if (!target || !target.addEventListener) return;
      target.addEventListener(type, action);
      this.#hush.push(() => target.removeEventListener(type, action));
    };
    listen(document, 'visibilitychange', () => document.visibilityState !== 'hidden' && this.#check());
    listen(document, 'resume', () => this.#check());
    listen(window, 'online', () => this.#check());
    listen(window, 'pageshow', event => this.#check(event.persisted));
    listen(window, 'pagehide', () => this.#flush());
  }

  /** After sleep timers are late and sockets may be dead without a word. */
  #check(certain = false) {
    const nap = this.#nap;
    const { now } = this.#options;
    if (nap && !nap.hard && (!nap.quiet || certain) && now() - nap.since >= Math.min(BACKOFF_BASE_MS, nap.ms)) {
      return nap.wake();
    }
    if (nap && now() - nap.since >= nap.ms) return nap.wake();
    const call = this.#call;
    if (!call) return;
    const heartbeat = call.heartbeat || (call.transport === 'long-poll' ? LONG_POLL_SECONDS * 1000 : 10000);
    if (certain || now() - this.#heard > heartbeat * 1.5) this.#again('woken');
  }

  #setState(state, reason = '', retryInMs = 0) {
    if (this.state === 'closed') return;
    const same = this.state === state && state !== 'waiting' && state !== 'open';
    this.state = state;
    if (!same) this.#emit('state', { state, transport: this.transport, reason, retryInMs });
  }

  #setUnread(unread) {
    if (typeof unread !== 'number' || unread === this.unread) return;
    this.unread = unread;
    this.#emit('unread', unread);
  }

  #parse(text) {
    try {
      return JSON.parse(text) || {};
    } catch (error) {
      this.#report({ kind: 'protocol', fatal: false, error });
      return {};
    }
  }

  /** Calls all handlers. @returns promises of those that are not done yet; they never reject. */
  #emit(type, value) {
    const pending = [];
    for (const handler of [...(this.#listeners.get(type) || [])]) {
      try {
        const result = handler(value);
        if (result && typeof result.then === 'function') {
          pending.push(Promise.resolve(result).catch(error => this.#failed(type, error)));
        }
      } catch (error) {
        this.#failed(type, error);
      }
    }
    return pending;
  }

  /** A handler threw: said once, and the stream goes on. */
  #failed(type, error) {
    if (type === 'error') console.error(error);
    else this.#report({ kind: 'handler', fatal: false, handler: type, error });
  }

  #report(problem) {
    const known = this.#listeners.get('error');
    if (known && known.size > 0) this.#emit('error', problem);
    else console.error('tidings:', problem.kind, problem.error || problem.status || '');
  }
}

/**
 * Connects a page to a mounted endpoint.
 *
 * @param {string} url  where the endpoint is mounted, '/push'; absolute in Node and across origins.
 * @param {object} [options]
 *   topics       names asked for in addition to those of the identity, []
 *   token        async ({refused}) => string; called before each request that opens, and after a 401
 *                with refused: true. Without it the browser's cookies speak
 *   transports   in order of preference, ['sse', 'long-poll', 'short-poll']
 *   from         'top' | 'start', where to begin without a cursor
 *   cursor       of an earlier client, goes on after it
 *   device       names the client device, [A-Za-z0-9_-]{1,64}; random when absent
 *   acknowledge  true: tell the server at most once a second what the handlers took (SSE)
 *   pollEvery    ms between short polls when the server gives no hint, 30000
 *   helloTimeout ms until a silent event stream is taken for a buffering proxy, 5000
 *   credentials  of fetch, 'same-origin'
 *   onmessage, ongap, onstate, onopen, ontransport, onunread, onerror   as `Client.on`
 *   fetch, random, now, setTimeout, clearTimeout, document, window   for tests
 */
export function connect(url, options = {}) {
  const here = globalThis;
  const all = {
    topics: [],
    transports: TRANSPORTS,
    acknowledge: true,
    pollEvery: 30000,
    helloTimeout: 5000,
    credentials: 'same-origin',
    random: Math.random,
    // Not performance.now: it stands still while some machines sleep.
    now: () => Date.now(),
    fetch: (...request) => here.fetch(...request),
    setTimeout: (action, ms) => here.setTimeout(action, ms),
    clearTimeout: timer => here.clearTimeout(timer),
    document: here.document,
    window: here.window,
    ...options,
  };
  const unknown = all.transports.filter(name => !TRANSPORTS.includes(name));
  if (unknown.length > 0 || all.transports.length === 0) throw new TypeError(`transports: ${unknown}`);
  const client = new Client(url, all);
  client.start();
  return client;
}
