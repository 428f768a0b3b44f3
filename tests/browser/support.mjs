// SPDX-License-Identifier: BSL-1.0
//
// A scripted world for the client: its own clock and timers, requests that the test answers.

import { connect } from './web.mjs';

/** Lets everything that is ready run, promises of promises too. */
export async function settle() {
  for (let i = 0; i < 6; i++) await new Promise(resolve => setImmediate(resolve));
}

export class Clock {
  time = 1_000_000;
  #timers = [];
  #next = 1;
  now = () => this.time;
  setTimeout = (action, ms) => {
    const timer = { id: this.#next++, at: this.time + ms, action };
    this.#timers.push(timer);
    return timer.id;
  };
  clearTimeout = id => {
    this.#timers = this.#timers.filter(timer => timer.id !== id);
  };
  get pending() {
    return this.#timers.length;
  }
  /** Time passes, each timer fires at its own moment. */
  async advance(ms) {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const due = this.#timers.filter(timer => timer.at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0];
      if (!due) break;
      this.clearTimeout(due.id);
      this.time = Math.max(this.time, due.at);
      due.action();
      await settle();
    }
    this.time = end;
  }
  /** The machine sleeps: time passes and no timer fires. */
  sleep(ms) {
    this.time += ms;
  }
}

const encoder = new TextEncoder();

/** The body of an event stream that the test feeds. */
export class Body {
  #queue = [];
  #waiting = null;
  constructor(signal) {
    signal?.addEventListener('abort', () => this.cut(new Error('aborted')));
  }
  #put(item) {
    if (this.#waiting) this.#waiting(item);
    else this.#queue.push(item);
    this.#waiting = null;
  }
  write(text) {
    this.#put({ value: typeof text === 'string' ? encoder.encode(text) : text, done: false });
  }
  end() {
    this.#put({ done: true });
  }
  cut(error = new TypeError('network error')) {
    this.#put({ error });
  }
  getReader() {
    const take = item => {
      if (item.error) throw item.error;
      return item;
    };
    return {
      read: async () => {
        if (this.#queue.length > 0) return take(this.#queue.shift());
        return take(await new Promise(resolve => (this.#waiting = resolve)));
      },
    };
  }
}

class Request {
  constructor(url, init, resolve, reject, time) {
    Object.assign(this, { url, init, time, aborted: false });
    this.method = init.method || 'GET';
    this.query = new URLSearchParams(url.split('?')[1]);
    this.body = init.body ? JSON.parse(init.body) : null;
    this.credential = init.headers.Authorization || null;
    this.kind = this.method === 'POST' ? 'post' : init.headers.Accept === 'text/event-stream' ? 'sse' : 'poll';
    this.#resolve = resolve;
    this.fail = reject;
    init.signal?.addEventListener('abort', () => {
      this.aborted = true;
      reject(new Error('aborted'));
    });
  }
  #resolve;
  answer(status, body = '', headers = {}) {
    const all = new Map(Object.entries({ 'content-type': 'application/json', ...headers }));
    this.#resolve({
      status,
      ok: status >= 200 && status < 300,
      headers: { get: name => all.get(name.toLowerCase()) ?? null },
      body: body instanceof Body ? body : null,
      json: async () => (typeof body === 'string' ? JSON.parse(body) : body),
    });
  }
  /** Answers with an open event stream. */
  stream() {
    const body = new Body(this.init.signal);
    this.answer(200, body, { 'content-type': 'text/event-stream' });
    return body;
  }
}

export const EPOCH = 'epochAAAAA';
export const tag = topic => (topic.replace(/[^A-Za-z0-9]/g, '_') + '______').slice(0, 6);
export function token(topic, offset, epoch = EPOCH) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  let text = '';
  for (let i = 0, rest = offset; i < 8; i++, rest = Math.floor(rest / 64)) text = alphabet[rest % 64] + text;
  return tag(topic) + epoch + text;
}
export const cursor = (...tokens) => '1' + tokens.join('');
export const hello = (at, more = {}) =>
  `retry: 2000\n\nevent: tidings.hello\ndata: ${JSON.stringify({ session: 's1', at, heartbeat_ms: 15000, ...more })}\n\n`;
export const event = (at, data, name = '') => `id: ${at}\n${name && `event: ${name}\n`}data: ${data}\n\n`;

class Target {
  handlers = new Map();
  visibilityState = 'visible';
  addEventListener(type, handler) {
    this.handlers.set(type, [...(this.handlers.get(type) || []), handler]);
  }
  removeEventListener(type, handler) {
    this.handlers.set(type, (this.handlers.get(type) || []).filter(known => known !== handler));
  }
  fire(type, detail = {}) {
    for (const handler of this.handlers.get(type) || []) handler({ type, ...detail });
  }
}

/** A WebSocket that the test opens, feeds and ends. */
class Socket {
  sent = [];
  left = false;
  constructor(url, protocols, clock) {
    Object.assign(this, { url, protocols, clock, time: clock.time });
    this.query = new URLSearchParams(url.split('?')[1]);
  }
  send(text) {
    this.sent.push({ time: this.clock.time, ...JSON.parse(text) });
  }
  close() {
    this.left = true;
  }
  /** What the client said, of one kind. */
  of(kind) {
    return this.sent.filter(envelope => kind in envelope);
  }
  get probes() {
    return this.sent.filter(envelope => Object.keys(envelope).length === 1);
  }
  open() {
    this.onopen?.({});
  }
  refuse() {
    this.end(1006);
  }
  /** Each an envelope, or raw text. */
  async say(...envelopes) {
    for (const each of envelopes) this.onmessage?.({ data: typeof each === 'string' ? each : JSON.stringify(each) });
    await settle();
  }
  async hello(at = { orders: token('orders', 0) }, more = {}) {
    this.open();
    await this.say({ hello: { session: 's1', at, heartbeat_ms: 45000, ...more } });
  }
  async end(code, reason = '') {
    this.onclose?.({ code, reason });
    await settle();
  }
}

/** A client in its scripted world; `log` keeps what it told the page. `sockets: true` gives it a WebSocket. */
export async function world({ sockets: withSockets = false, ...options } = {}) {
  const clock = new Clock();
  const requests = [];
  const log = { messages: [], gaps: [], states: [], opens: [], transports: [], unread: [], errors: [] };
  const sockets = [];
  const WebSocket = function (url, protocols) {
    const socket = new Socket(url, protocols, clock);
    sockets.push(socket);
    return socket;
  };
  const document = new Target();
  const window = new Target();
  const fetch = (url, init) =>
    new Promise((resolve, reject) => requests.push(new Request(url, init, resolve, reject, clock.time)));
  const client = connect('https://host/push', {
    topics: ['orders'],
    device: 'dev',
    random: () => 0.5,
    onmessage: message => void log.messages.push(message),
    ongap: gap => void log.gaps.push(gap),
    onstate: state => void log.states.push(state),
    onopen: open => void log.opens.push(open),
    ontransport: transport => void log.transports.push(transport),
    onunread: unread => void log.unread.push(unread),
    onerror: error => void log.errors.push(error),
    fetch,
    WebSocket: withSockets ? WebSocket : null,
    document,
    window,
    now: clock.now,
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    ...options,
  });
  await settle();
  return {
    client, clock, requests, sockets, log, document, window,
    socket: () => sockets[sockets.length - 1],
    last: () => requests[requests.length - 1],
    of: kind => requests.filter(request => request.kind === kind),
    data: () => log.messages.map(message => message.data),
    /** Opens the event stream that was asked for last. */
    async open(at = { orders: token('orders', 0) }, more = {}) {
      const body = this.of('sse').at(-1).stream();
      body.write(hello(at, more));
      await settle();
      return body;
    },
  };
}
