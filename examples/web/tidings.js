// SPDX-License-Identifier: BSL-1.0
//
// The browser client of tidings: ES modules without any dependency; the page imports this one.
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
// It runs in browsers and in Node 18 or newer; timers, clock, randomness and the network are a platform that can be
// replaced (tidings.platform.js).

import { Acknowledger } from './tidings.ack.js';
import { platformHere } from './tidings.platform.js';
import { SocketLink } from './tidings.socket.js';
import {
  LONGEST_HINT_MS, SseParser, TidingsError, closeRule, contentType, hintOf, isNew, isToken, makeMessage, makePayload,
  parseCursor, randomName, tagOf,
} from './tidings.wire.js';

export { SseParser, TidingsError, isNew, isToken, parseCursor, tagOf } from './tidings.wire.js';

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
  #ack;
  #refusals = new Map(); // transport -> { count, until, reason, sure }
  #trial = null; // a WebSocket that is tried beside a lesser transport
  #trialTimer = null;
  #triedAt = -Infinity;
  #told = 0; // how often a new unread number was pushed
  #mute = 0; // sockets in a row that ended before hello
  #left = new Map(); // topic just given back, of which something may still be under way -> that asking
  #failures = 0;
  #retryHint = null;
  #credential = null;
  #refusedCredential = false;
  #call = null; // the request under way
  #nap = null; // the pause under way
  #running = false;
  #revived = false;
  #heard = 0;
  #unwatch;

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
    this.#ack = new Acknowledger(options, {
      tokenOf: tag => this.#taken.get(tag),
      wanted: () => this.state === 'open' && STREAMS.has(this.transport),
      overSocket: body => this.#link !== null && this.#link.send(body),
      post: (body, more) => this.#post(body, more),
      refreshed: () => this.#refreshed(),
      report: problem => this.#report(problem),
    });
    for (const type of ['message', 'gap', 'state', 'open', 'transport', 'unread', 'error']) {
      if (options[`on${type}`]) this.on(type, options[`on${type}`]);
    }
    this.#unwatch = options.watch({ wake: how => this.#check(how), leave: () => this.#ack.flush(true) });
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

  /** Asks for more topics: over the socket, else the connection is opened anew and goes on where it was. */
  subscribe(topics) {
    const more = [].concat(topics).filter(topic => !this.#topics.has(topic));
    if (more.length === 0) return;
    for (const topic of more) {
      this.#topics.add(topic);
      this.#left.delete(topic);
    }
    this.#changeTopics('subscribe', more, error => {
      for (const topic of more) this.#topics.delete(topic);
      this.#report({ kind: 'subscribe', fatal: false, topics: more, error });
    });
  }

  /** Takes topics away that were asked for; those that the identity brings stay. */
  unsubscribe(topics) {
    const less = [].concat(topics).filter(topic => this.#topics.delete(topic));
    if (less.length === 0) return;
    for (const [tag, name] of [...this.#names]) {
      if (!less.includes(name)) continue;
      for (const map of [this.#names, this.#received, this.#taken]) map.delete(tag);
      this.#ack.forget(tag);
    }
    this.#changeTopics('unsubscribe', less, error => {
      this.#report({ kind: 'subscribe', fatal: false, topics: less, error });
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
    const { reply } = this.#link
      ? await this.#link.ask(ref => ({ send: { ref, ...said } }), timeout)
      : await this.#within(timeout, this.#ask(this.#url, { send: said }));
    return reply ? makePayload(reply) : null;
  }

  /** Asks over the socket whether the server lives. @returns {Promise<number>} round trip in ms. */
  async probe() {
    if (!this.#link) throw new TidingsError('there is no socket', { code: 'not_supported' });
    return this.#link.probe();
  }

  /** Of the socket's last probe in ms, or null. */
  get roundTrip() {
    return this.#link && this.#link.roundTrip;
  }

  /** Marks inbox messages as seen: 'all', one token or message, or an array. @returns unread number. */
  async seen(what) {
    const told = this.#told;
    const tokens = what === 'all' ? 'all' : [].concat(what).map(item => (typeof item === 'string' ? item : item.at));
    if (this.#link) {
      const { done } = await this.#link.ask(ref => ({ ref, seen: tokens }), ASK_TIMEOUT_MS);
      this.#answerUnread(done.unread, told);
      return done.unread;
    }
    const answer = await this.#ask(this.#url, { seen: tokens });
    this.#answerUnread(answer.unread, told);
    return answer.unread;
  }

  /** The inbox, newest first. @returns {Promise<{messages, unread, more}>} messages with time, seen, state. */
  async inbox({ before, limit = 20 } = {}) {
    const told = this.#told;
    const [path, query] = this.#url.split('?');
    const asked = [query, before && `before=${before}`, `limit=${limit}`].filter(Boolean).join('&');
    const answer = await this.#ask(`${path}/inbox?${asked}`);
    this.#answerUnread(answer.unread, told);
    return { ...answer, messages: (answer.messages || []).map(makeMessage) };
  }

  /** Opens the connection anew at once, also after a stop (401, 403). */
  reconnect() {
    if (this.state === 'closed') return;
    this.#refusedCredential = false;
    this.#dropTrial();
    if (!this.#running) return void this.#run();
    this.#revived = this.state === 'stopped';
    this.#again('asked');
  }

  /** Ends it for good; a last acknowledgement is sent. */
  close() {
    if (this.state === 'closed') return;
    this.#ack.flush(false);
    this.#unwatch();
    this.#setState('closed');
    this.#dropTrial();
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
      // A stream that is asked for anew has ended; between polls, and with a socket that is ready, all is well.
      const ended = STREAMS.has(this.transport) && !(this.#trial && this.#trial.hello);
      if (this.state !== 'open' || ended) this.#setState('connecting');
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
    const free = transports.find(name => {
      const refusal = this.#refusals.get(name);
      // While a lesser transport works WebSocket is tried beside it.
      if (name === 'websocket' && refusal && (this.state === 'open' || this.#trial)) return false;
      return !(refusal?.until > now());
    });
    return free || transports[transports.length - 1];
  }

  #setTransport(transport, reason) {
    if (this.transport === transport) return;
    const previous = this.transport;
    this.transport = transport;
    this.#emit('transport', { transport, previous, reason });
  }

  async #attempt(transport) {
    const call = { transport, cause: null, reason: '', link: null, timers: new Set() };
    call.control = this.#options.newAbort();
    call.stopped = new Promise(resolve => (call.stop = resolve));
    call.began = this.#options.now();
    this.#call = call;
    try {
      if (transport === 'websocket' && this.#trial) return await this.#socket(call);
      const refreshed = await this.#authorize();
      if (refreshed !== true) return refreshed;
      while (this.#baseless() && !call.cause) await Promise.race([this.#handing[0].settled, call.stopped]);
      if (call.cause) return { type: 'again' };
      call.began = this.#heard = this.#options.now();
      if (transport === 'websocket') return await this.#socket(call);
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
    const { random } = this.#options;
    if (end.type === 'again') return { ms: 0 };
    if (end.type === 'next') return { ms: end.ms, quiet: true, hard: end.hard };
    if (end.type === 'kind') {
      this.#refuse(transport, end);
      if (this.#pick() !== transport) return { ms: 0 };
    } else if (transport !== 'websocket') {
      // Nothing else gets through either: so it was not the upgrade that was refused.
      if (this.#refusals.get('websocket')?.sure === false) this.#refusals.delete('websocket');
    }
    if (end.type === 'unauthorized') {
      if (this.#options.token && !this.#refusedCredential) {
        this.#refusedCredential = true;
        return { ms: 0 };
      }
      return this.#stop({ kind: 'unauthorized', status: 401 });
    }
    if (end.type === 'stop') {
      return this.#stop({ kind: 'refused', status: end.status, code: end.code, error: end.error });
    }
    this.#failures++;
    const base = Math.max(BACKOFF_BASE_MS, this.#retryHint || 0);
    let ms = (end.least || 0) + random() * Math.min(BACKOFF_CAP_MS, base * 2 ** Math.min(this.#failures - 1, 10));
    if (end.hint !== undefined && end.hint !== null) {
      // The server spreads its hints itself; ours is added only against a server that repeats them fast.
      ms = end.hint + (this.#failures > 1 && !end.hard ? ms : 0);
    }
    this.#setState('waiting', end.reason, ms);
    return { ms, hard: end.hard };
  }

  /** It costs the transport some rest. What the WebSocket API hides the next transport's request will learn. */
  #refuse(transport, { reason, forever = false }) {
    const count = (this.#refusals.get(transport)?.count || 0) + 1;
    const cap = transport === 'websocket' ? TRIAL_CAP_MS : PENALTY_CAP_MS;
    const rest = forever ? Infinity : Math.min(PENALTY_MS * 2 ** (count - 1), cap);
    const until = this.#options.now() + rest;
    this.#refusals.set(transport, { count, until, reason, sure: transport !== 'websocket' });
  }

  #stop(error) {
    this.#setState('stopped', error.kind);
    this.#dropTrial();
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
    if (call.link) call.link.leave();
    call.stop();
  }

  #after(call, ms, action) {
    const timer = this.#options.setTimeout(() => {
      call.timers.delete(timer);
      action();
    }, ms);
    call.timers.add(timer);
    return timer;
  }

  // ---- WebSocket ------------------------------------------------------------------------------

  /** The socket that may be spoken over, or null. */
  get #link() {
    const link = this.#call && this.#call.link;
    return link && this.#call.hello ? link : null;
  }

  #openLink(onready) {
    const { helloTimeout, resolve } = this.#options;
    const { params = {}, protocols = [], unable } = this.#bearer();
    const url = resolve(this.#target(params, this.cursor)).replace(/^http/i, 'ws');
    this.#triedAt = this.#options.now();
    const asked = { url, protocols: [PROTOCOL, ...protocols], headers: this.#headers({}), helloTimeout, unable };
    const link = new SocketLink(this.#options, { ...asked, onready });
    link.before = new Map(this.#received);
    return link;
  }

  /** How the token travels with the handshake where headers cannot. */
  #bearer() {
    const { sendsHeaders, tokenParam } = this.#options;
    if (!this.#credential || sendsHeaders) return {};
    if (PROTOCOL_CHARS.test(this.#credential)) return { protocols: [`bearer.${this.#credential}`] };
    if (tokenParam) return { params: { [tokenParam]: encodeURIComponent(this.#credential) } };
    return { unable: 'the token has characters that a WebSocket cannot carry' };
  }

  async #socket(call) {
    this.#retryHint = null;
    const resumed = this.cursor !== null;
    const link = this.#trial || this.#openLink();
    this.#forgetTrial();
    call.link = link;
    link.take(envelope => call.cause || this.#envelope(call, envelope, resumed));
    const end = await link.ended;
    if (call.hello && this.#options.now() - call.hello >= STEADY_MS) this.#failures = 0;
    if (call.hello) this.#mute = 0;
    else if (end.how === 'closed') this.#mute++;
    if (call.cause) return { type: call.cause, reason: call.reason };
    return this.#closed(call, end);
  }

  /** How a socket ended -> the end of the attempt. */
  #closed(call, { how, code, reason, retry }) {
    if (how === 'blocked') return { type: 'kind', reason };
    if (!call.hello && this.#mute >= MUTE_LIMIT) return { type: 'kind', reason: 'closed before hello' };
    const rule = how === 'closed' ? closeRule(code) : 'back';
    if (rule === 'stop') {
      const error = new TidingsError(`the server closed with ${code}: ${reason}`, { code: reason });
      return { type: 'stop', status: 0, code, error };
    }
    if (rule === 'renew' && this.#options.token) {
      if (!call.hello) return { type: 'unauthorized' };
      this.#refusedCredential = true;
    }
    const least = retry === null && (rule === 'later' || rule === 'told') ? LATER_MS : 0;
    return { type: 'lost', reason, hint: retry, hard: rule === 'told', least };
  }

  #envelope(call, envelope, resumed) {
    if (envelope.hello) this.#hello(call, envelope.hello, resumed);
    else if (isToken(envelope.at)) this.#socketMessage(envelope);
    else if (envelope.gap) this.#socketGap(call.link, envelope.gap);
    else if (envelope.state) this.#newsUnread(envelope.state.unread);
    else if (envelope.renew) this.#renew(call.link);
    else if (envelope.error) this.#report({ kind: 'server', fatal: false, error: toError(envelope.error) });
    else if (envelope.unreadable !== undefined) {
      this.#report({ kind: 'protocol', fatal: false, error: new TidingsError('envelope that is no JSON object') });
    }
  }

  #socketMessage(message) {
    if (this.#left.has(message.topic)) return;
    if (message.topic !== undefined) this.#names.set(tagOf(message.at), message.topic);
    this.#message({ ...message, topic: this.#names.get(tagOf(message.at)) });
  }

  #socketGap({ before }, { topics = [], at = {} }) {
    const kept = topics.filter(topic => {
      if (this.#left.has(topic) || !isToken(at[topic])) return !this.#left.has(topic);
      // What came over a stream beside the handshake may have filled it.
      const tag = tagOf(at[topic]);
      return this.#received.get(tag) === before.get(tag) || isNew(this.#received.get(tag), at[topic]);
    });
    if (kept.length > 0) this.#gap(kept, at);
  }

  /** The credentials end soon: new ones keep the socket. Without any it is closed with 4401. */
  async #renew(link) {
    if (!(await this.#refreshed())) return;
    try {
      await link.ask(ref => ({ ref, renew: this.#credential }), ASK_TIMEOUT_MS);
    } catch (error) {
      if (error.code !== 'connection_lost') this.#report({ kind: 'token', fatal: false, error });
    }
  }

  #changeTopics(verb, topics, failed) {
    const link = this.#link;
    this.#dropTrial();
    if (!link) return this.#again(verb);
    const asking = {};
    if (verb === 'unsubscribe') for (const topic of topics) this.#left.set(topic, asking);
    const done = () => topics.forEach(topic => this.#left.get(topic) === asking && this.#left.delete(topic));
    // Tokens of topics without a name came with the page's cursor and may be of these.
    const spare = [...this.#taken].filter(([tag]) => !this.#names.has(tag)).map(([, token]) => token);
    const more = verb === 'subscribe' && spare.length > 0 ? { after: '1' + spare.join('') } : {};
    link.ask(ref => ({ ref, [verb]: topics, ...more }), ASK_TIMEOUT_MS).then(done, error => {
      done();
      // A new connection names the topics by itself.
      if (error.code === 'timeout') this.#again(verb);
      else if (error.code !== 'connection_lost') failed(error);
    });
  }

  /** Beside a lesser transport WebSocket is tried again, and takes over once it has said hello. */
  #scheduleTrial(least = 0) {
    const { transports, now, setTimeout, clearTimeout } = this.#options;
    if (this.#trialTimer !== null) clearTimeout(this.#trialTimer);
    this.#trialTimer = null;
    const refusal = this.#refusals.get('websocket');
    const rank = transports.indexOf('websocket');
    if (!refusal || rank < 0 || rank >= transports.indexOf(this.transport) || this.state === 'closed') return;
    this.#trialTimer = setTimeout(() => {
      this.#trialTimer = null;
      this.#try();
    }, Math.max(least, refusal.until - now()));
  }

  async #try() {
    // Not open: the next attempt begins with WebSocket anyway.
    if (this.#trial || this.state !== 'open' || this.transport === 'websocket') return;
    if (this.#baseless()) return this.#scheduleTrial(TRIAL_SOON_MS);
    this.#triedAt = this.#options.now();
    if (this.#options.token && !(await this.#refreshed(false))) return this.#missed('no token');
    if (this.#trial || this.state !== 'open' || this.transport === 'websocket') return;
    const link = this.#openLink(() => {
      if (this.#trial !== link) return;
      this.#refusals.delete('websocket');
      this.#again('a better transport');
    });
    this.#trial = link;
    const end = await link.ended;
    if (this.#trial !== link) return;
    this.#trial = null;
    this.#missed(end.reason);
  }

  #missed(reason) {
    this.#refuse('websocket', { reason });
    this.#refusals.get('websocket').sure = true;
    this.#scheduleTrial();
  }

  #forgetTrial() {
    this.#trial = null;
    if (this.#trialTimer !== null) this.#options.clearTimeout(this.#trialTimer);
    this.#trialTimer = null;
  }

  /** It was opened for what is no longer wanted. */
  #dropTrial() {
    const link = this.#trial;
    this.#forgetTrial();
    if (link) link.leave();
  }

  /** Something changed outside: maybe it gets through now. */
  #hasten(network) {
    const refusal = this.#refusals.get('websocket');
    const { now } = this.#options;
    if (!refusal || this.#trial || now() - this.#triedAt < TRIAL_EVERY_MS) return;
    if (network) refusal.count = 0;
    if (network && this.state !== 'open') return void this.#refusals.delete('websocket');
    refusal.until = Math.min(refusal.until, now() + TRIAL_SOON_MS);
    if (this.state === 'open') this.#scheduleTrial();
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
    const clean = await this.#readStream(call, response.body.getReader(), cursor !== null);
    if (call.cause) return { type: call.cause, reason: call.reason };
    if (clean && !call.hello && this.#retryHint === null) return { type: 'kind', reason: 'the stream was empty' };
    const hint = clean ? this.#retryHint : null;
    return { type: 'lost', reason: clean ? 'the server ended the stream' : 'the stream was cut', hint };
  }

  /** @returns true after a clean end of the body. */
  async #readStream(call, reader, resumed) {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const parser = new SseParser({
      onevent: event => call.cause || this.#event(call, event, resumed),
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

  #event(call, event, resumed) {
    if (event.type === 'tidings.hello') return this.#hello(call, this.#parse(event.data), resumed);
    if (event.type === 'tidings.state') return this.#newsUnread(this.#parse(event.data).unread);
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

  /** The first one opens; later ones tell of a change of topics. */
  #hello(call, { session, at = {}, heartbeat_ms = 15000, unread }, resumed) {
    const first = !call.hello;
    if (first) call.hello = this.#options.now();
    call.heartbeat = heartbeat_ms;
    this.session = session;
    const kept = Object.entries(at).filter(([topic]) => !this.#left.has(topic));
    this.#name(Object.fromEntries(kept));
    for (const [, token] of kept) {
      const tag = tagOf(token);
      if (!this.#received.has(tag)) this.#received.set(tag, token);
      if (!this.#taken.has(tag) && !this.#unsettled(tag)) this.#taken.set(tag, this.#received.get(tag));
    }
    if (first) {
      this.#ack.begin();
      if (call.transport === 'sse') this.#watchSilence(call, heartbeat_ms * 2.5);
      this.#opened(call.transport, resumed);
    }
    this.#setUnread(unread);
    this.#ack.schedule();
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
    while (this.#handing.length > 0 && !call.cause) await Promise.race([this.#handing[0].settled, call.stopped]);
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
    this.#ack.clear(); // `after` has said it
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
    const refusal = this.#refusals.get('websocket');
    if (refusal && this.#trial === null) {
      refusal.sure = true;
      this.#scheduleTrial();
    }
    if (this.state === 'open' && !changed && !STREAMS.has(transport)) return;
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
        if (STREAMS.has(this.transport)) this.#ack.took(tag);
      }
    }
    if (this.state !== 'closed') this.#ack.schedule();
  }

  #unsettled(tag) {
    return this.#handing.some(({ tokens }) => tokens.some(token => tagOf(token) === tag));
  }

  /** Handlers work on the first messages of a topic: a stream opened now would begin behind them, at the present. */
  #baseless() {
    return this.#handing.some(({ tokens }) => tokens.some(token => !this.#taken.has(tagOf(token))));
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

  async #refreshed(refused = true) {
    if (!this.#options.token) return false;
    try {
      this.#credential = await this.#options.token({ refused });
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
      const { message, error: code } = answer;
      throw new TidingsError(message || `status ${response.status}`, { status: response.status, code });
    }
  }

  // ---- the page -------------------------------------------------------------------------------

  /**
   * After sleep timers are late and sockets may be dead without a word.
   * @param certain  what was open is dead.  @param network  it is another network than before.
   */
  #check({ certain = false, network = false } = {}) {
    if (this.state === 'closed') return;
    this.#hasten(network);
    const nap = this.#nap;
    const { now } = this.#options;
    if (nap && !nap.hard && (!nap.quiet || certain) && now() - nap.since >= Math.min(BACKOFF_BASE_MS, nap.ms)) {
      return nap.wake();
    }
    if (nap && now() - nap.since >= nap.ms) return nap.wake();
    const call = this.#call;
    if (!call) return;
    const heartbeat = call.heartbeat || (call.transport === 'long-poll' ? LONG_POLL_SECONDS * 1000 : 10000);
    const heard = call.link ? call.link.heard : this.#heard;
    // A socket's pings do not show, so it may live after a longer silence.
    const limit = heartbeat * (call.transport === 'websocket' ? 2.5 : 1.5);
    if (certain || now() - heard > limit) this.#again('woken');
    else if (this.#link) this.#link.probe(WAKE_PROBE_MS).catch(() => {});
  }

  #setState(state, reason = '', retryInMs = 0) {
    if (this.state === 'closed') return;
    const same = this.state === state && state !== 'waiting' && state !== 'open';
    this.state = state;
    if (!same) this.#emit('state', { state, transport: this.transport, reason, retryInMs });
  }

  #newsUnread(unread) {
    this.#told++;
    this.#setUnread(unread);
  }

  // An answer that news has overtaken says what was; the server tells every session what a mark has changed.
  #answerUnread(unread, told) {
    if (told === this.#told) this.#setUnread(unread);
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

  #within(ms, promise) {
    const { setTimeout, clearTimeout } = this.#options;
    let timer;
    const late = new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new TidingsError(`no answer within ${ms} ms`, { code: 'timeout' })), ms);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }

  #report(problem) {
    const known = this.#listeners.get('error');
    if (known && known.size > 0) this.#emit('error', problem);
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
export function connect(url, options = {}) {
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
