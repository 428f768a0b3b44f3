// SPDX-License-Identifier: BSL-1.0
//
// What tidings.js needs of the place where it runs, here a browser or Node. Another place brings another object with
// the same members; that of tidings.wechat.js stands in for this file in a mini-program.

/**
 * The platform of this page; what `options` has of the same name takes the place of the page's own.
 *
 *   transports    names of those that can work here
 *   fetch         as of a browser; `body` of its answers may be absent
 *   newAbort      () => an AbortController for `fetch`
 *   resolve       (url) => absolute URL
 *   openSocket    (url, protocols, headers, {open(), message(data), close(code, reason)}) => {send(text), close()}; may
 *                 throw. After `close` nothing is called any more
 *   longestQuiet  ms after which a silent socket is probed though its heartbeat is longer; may be absent
 *   sendsHeaders  whether `openSocket` can send headers with the handshake
 *   watch         ({wake({certain, network}), leave()}) => function that ends it. `wake`: the page is back, or the
 *                 network; `certain`: what was open is dead; `network`: it is another one. `leave`: the page may go away
 *   now, random, setTimeout, clearTimeout
 */
export function platformHere(options = {}) {
  const here = globalThis;
  const { document, window, WebSocket } = {
    document: here.document,
    window: here.window,
    WebSocket: here.WebSocket,
    ...options,
  };
  return {
    transports: [...(WebSocket ? ['websocket'] : []), 'sse', 'long-poll', 'short-poll'],
    fetch: (...request) => here.fetch(...request),
    newAbort: () => new AbortController(),
    resolve: url => (here.location ? new URL(url, here.location.href).href : url),
    openSocket: (url, protocols, headers, on) => openSocket(new WebSocket(url, protocols), on),
    sendsHeaders: false,
    watch: on => watchPage(document, window, on),
    random: Math.random,
    // Not performance.now: it stands still while some machines sleep.
    now: () => Date.now(),
    setTimeout: (action, ms) => here.setTimeout(action, ms),
    clearTimeout: timer => here.clearTimeout(timer),
  };
}

function openSocket(socket, on) {
  socket.onopen = () => on.open();
  socket.onmessage = ({ data }) => on.message(data);
  socket.onclose = ({ code, reason }) => on.close(code, reason);
  socket.onerror = () => {}; // `close` follows; the package ws throws where nobody listens
  return {
    send: text => socket.send(text),
    close() {
      // On a dead network the browser would tell of the end much later.
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    },
  };
}

function watchPage(document, window, { wake, leave }) {
  const undo = [];
  const listen = (target, type, action) => {
    if (!target || !target.addEventListener) return;
    target.addEventListener(type, action);
    undo.push(() => target.removeEventListener(type, action));
  };
  listen(document, 'visibilitychange', () => document.visibilityState !== 'hidden' && wake({}));
  listen(document, 'resume', () => wake({}));
  listen(window, 'online', () => wake({ network: true }));
  listen(window, 'pageshow', event => wake({ certain: event.persisted }));
  listen(window, 'pagehide', () => leave());
  return () => undo.forEach(action => action());
}
