// SPDX-License-Identifier: BSL-1.0
//
// The demo as a server for the client's tests. Environment: TIDINGS_BUILD_DIR, TIDINGS_SOURCE_DIR.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import WebSocket from 'ws';
import { Program } from './server.mjs';

const program = join(process.env.TIDINGS_BUILD_DIR || '', 'examples/demo/tidings_demo');

export class DemoServer {
  credential = 'demo-alice';
  #count = 0;

  static get built() {
    return existsSync(program);
  }

  static async start(port = 0) {
    const server = new DemoServer();
    const root = join(process.env.TIDINGS_SOURCE_DIR, 'examples');
    server.program = await Program.start(program, ['--port', `${port}`, '--root', root]);
    server.url = server.program.url;
    return server;
  }

  /** Whether its endpoint takes an upgrade. */
  takesUpgrades() {
    return new Promise(resolve => {
      const headers = { Authorization: 'Bearer demo-alice' };
      const socket = new WebSocket(`${this.url.replace('http', 'ws')}push`, 'tidings.v1', { headers });
      socket.on('open', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('open', () => socket.close());
    });
  }

  async #api(path, body) {
    const headers = { Authorization: 'Bearer demo-alice', 'Content-Type': 'application/json' };
    const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers };
    const answer = await fetch(`${this.url}api/${path}`, init);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  /** @returns what is to arrive. */
  async publish(count = 1) {
    const first = this.#count + 1;
    this.#count += count;
    await this.#api('publish', { to: 'orders', title: 'Oil the gate', count });
    return Array.from({ length: count }, (_, i) => `${first + i}`);
  }

  text(message) {
    return `${message.json().seq}`;
  }

  async cut() {
    const { sessions = [] } = await this.#api('sessions');
    for (const { id } of sessions) await this.#api('sessions/cut', { id });
  }

  get port() {
    return this.program.port;
  }

  async session(name) {
    const { sessions } = await this.#api('sessions');
    return sessions.find(({ device }) => device === name) || {};
  }

  /** Two messages to alice's inbox. */
  async unread() {
    await this.#api('publish', { to: '@alice', title: 'Oil the gate', count: 2 });
    this.#count += 2;
  }

  stop() {
    return this.program.stop();
  }
}
