// SPDX-License-Identifier: BSL-1.0
//
// What the tests with real WebSocket peers share: the server under test.

import assert from 'node:assert/strict';
import { join } from 'node:path';

import { Program } from '../browser/server.mjs';
import { eventually } from './push.mjs';

let names = 0;

export class WsServer {
  /** @param {number} pongWait  In milliseconds; without it the library's default. */
  static async start(pongWait) {
    const server = new WsServer();
    const path = join(process.env.TIDINGS_BUILD_DIR, 'tests/integration/ws_server');
    server.program = await Program.start(path, pongWait ? ['--pong-wait', `${pongWait}`] : []);
    server.url = server.program.url;
    return server;
  }

  get port() {
    return this.program.port;
  }

  /** A name for one raw session. */
  newName() {
    return `${process.pid}-${++names}`;
  }

  echoUrl(name, url = this.url) {
    return `${url.replace('http', 'ws')}echo?name=${name}`;
  }

  async get(path) {
    const answer = await fetch(`${this.url}${path}`);
    assert.equal(answer.status, 200, path);
    return answer.text();
  }

  /** How the session of this name ended for its application: `{code, reason, who, clean}`. */
  async end(name) {
    let end = null;
    await eventually(async () => (end = JSON.parse(await this.get(`control/end?name=${name}`))) !== null);
    return end;
  }

  /** Ends it as Ctrl-C does, and cleanly. */
  async stop() {
    assert.equal(await this.program.stop(), 0, this.program.output);
  }
}
