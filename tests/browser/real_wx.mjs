// SPDX-License-Identifier: BSL-1.0
//
// The network of a mini-program's `wx` over real sockets. A program put to sleep can lose its sockets without a word:
// `deafen`.

import WebSocket from 'ws';

class SocketTask {
  over = false;
  #deaf = false;
  #on = {};
  #socket;

  constructor({ url, header, protocols, fail }) {
    this.#socket = new WebSocket(url, protocols, { headers: header });
    const tell = (name, value) => this.#deaf || this.#on[name]?.(value);
    this.#socket.on('open', () => tell('open', { header: {} }));
    this.#socket.on('message', data => tell('message', { data: String(data) }));
    this.#socket.on('error', error => {
      tell('error', { errMsg: `connectSocket:fail ${error.message}` });
      if (!this.#deaf) fail?.({ errMsg: error.message });
    });
    this.#socket.on('close', (code, reason) => {
      this.over = true;
      tell('close', { code, reason: String(reason) });
    });
  }

  onOpen = f => (this.#on.open = f);
  onMessage = f => (this.#on.message = f);
  onError = f => (this.#on.error = f);
  onClose = f => (this.#on.close = f);

  send({ data, fail }) {
    if (this.#socket.readyState !== WebSocket.OPEN) return fail?.({ errMsg: 'sendSocketMessage:fail' });
    if (!this.#deaf) this.#socket.send(data);
  }

  close({ code }) {
    this.over = true;
    this.#socket.close(code);
  }

  /** The connection is gone and nobody tells. */
  deafen() {
    this.#deaf = true;
    this.#socket.terminate();
  }
}

export const realNetwork = {
  socket: options => new SocketTask(options),
  request({ url, method, header, data, success, fail }) {
    const control = new AbortController();
    fetch(url, { method, headers: header, body: data, signal: control.signal })
      .then(async answer => success({
        statusCode: answer.status, header: Object.fromEntries(answer.headers), data: await answer.text(),
      }))
      .catch(error => fail({ errMsg: `request:fail ${error.message}` }));
    return { abort: () => control.abort() };
  },
};
