// SPDX-License-Identifier: BSL-1.0
//
// What tidings.js needs of the place where it runs, here a WeChat mini-program: `wx` and timers, nothing of a browser.
// build_miniprogram.mjs puts it and the client into one file, tidings.miniprogram.js.
//
// Source: developers.weixin.qq.com/miniprogram/dev, framework/ability/network and api/network. Five seconds after the
// mini-program went to the background its requests fail with `interrupted` and sockets are closed, often without a
// word; soon its timers stand still too.

const BACKGROUND_MS = 5000;
const QUIET_MS = 25000; // it closes sockets that nothing goes over for a while, about a minute, and may not count pings

/** As of tidings.platform.js. `options.wx` is for tests. */
export function platformHere(options = {}) {
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
