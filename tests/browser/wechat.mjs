// SPDX-License-Identifier: BSL-1.0
//
// A mini-program's `wx` as far as the client uses it. `network` does the work: {request(options) -> {abort},
// socket(options) -> SocketTask}. Like the real one it cuts everything five seconds after the program was hidden.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { web } from './web.mjs';

export const text = readFileSync(join(web, 'tidings.miniprogram.js'), 'utf8');

/** Loads the client as a mini-program does. */
export function requireClient(wx) {
  const module = { exports: {} };
  new Function('module', 'exports', 'wx', text)(module, module.exports, wx);
  return module.exports;
}

export class Wx {
  #handlers = new Map();
  hidden = false;
  sockets = [];
  most = 0; // open at the same time

  constructor(network) {
    this.network = network;
  }

  connectSocket(options) {
    const task = this.network.socket(options);
    this.sockets.push(task);
    this.most = Math.max(this.most, this.sockets.filter(({ over }) => !over).length);
    return task;
  }

  request(options) {
    return this.network.request(options);
  }

  #on(name, handler) {
    this.#handlers.set(name, [...(this.#handlers.get(name) || []), handler]);
  }
  #off(name, handler) {
    this.#handlers.set(name, (this.#handlers.get(name) || []).filter(known => known !== handler));
  }
  onAppShow = handler => this.#on('show', handler);
  offAppShow = handler => this.#off('show', handler);
  onAppHide = handler => this.#on('hide', handler);
  offAppHide = handler => this.#off('hide', handler);
  onNetworkStatusChange = handler => this.#on('network', handler);
  offNetworkStatusChange = handler => this.#off('network', handler);
  fire(name, value = {}) {
    for (const handler of this.#handlers.get(name) || []) handler(value);
  }
  get listeners() {
    return [...this.#handlers.values()].flat().length;
  }
}
