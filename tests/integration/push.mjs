// SPDX-License-Identifier: BSL-1.0
//
// What the tests with real clients share: the application under test, and clients that are programs.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { Program } from '../browser/server.mjs';

export const adapters = ['listener', 'httplib'];

/** push_server, and what one can make it do. */
export class Push {
  static async start(adapter, port = 0) {
    const push = new Push();
    const path = join(process.env.TIDINGS_BUILD_DIR, 'tests/integration/push_server');
    push.program = await Program.start(path, ['--adapter', adapter, '--port', `${port}`]);
    push.url = push.program.url;
    return push;
  }

  /** On a port to come back to: none that the system gives to others meanwhile, below those of its own choice. */
  static async startAgain(adapter, port = 15000 + Math.floor(Math.random() * 15000)) {
    for (const end = Date.now() + 20000; ; ) {
      try {
        return await Push.start(adapter, port);
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  }

  get port() {
    return this.program.port;
  }

  async control(what, query = {}) {
    const answer = await fetch(`${this.url}control/${what}?${new URLSearchParams(query)}`, { method: 'POST' });
    assert.equal(answer.status, 200, what);
    return answer.text();
  }

  /** @returns the data of the messages, as they are to arrive. */
  async publish(count = 1, topic = 'orders') {
    const last = Number(await this.control('publish', { topic, count }));
    return Array.from({ length: count }, (_, i) => `${last - count + 1 + i}`);
  }

  /** Waits until so many are open. */
  async open({ streams = 0, polls = 0 }) {
    await eventually(async () => (await this.control('sessions')) === `${streams} ${polls}`);
  }

  /** Ends it as Ctrl-C does, and cleanly. */
  async stop() {
    assert.equal(await this.program.stop(), 0, this.program.output);
  }
}

/** For what tells nobody when it happens: looks again and again until the limit. */
export async function eventually(condition, limit = 20000) {
  const end = Date.now() + limit;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `it did not happen: ${condition}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

/** A promise that fails when nothing comes; time is only the limit. */
export function within(promise, what, limit = 20000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not come: ${what()}`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A client that is a program; its output is read piece by piece. */
export class Client {
  constructor(command, words) {
    this.output = '';
    this.errors = '';
    this.wake = () => {};
    this.child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.setEncoding('utf8').on('data', text => {
      this.output += text;
      this.wake();
    });
    this.child.stderr.setEncoding('utf8').on('data', text => (this.errors += text));
    this.ended = once(this.child, 'close').then(([code]) => {
      this.over = true;
      this.wake();
      return code;
    });
  }

  /** Takes the output up to the mark and with it, as soon as it is there. */
  async until(mark) {
    const there = () => `${mark}; there is: ${this.output} ${this.errors}`;
    while (!this.output.includes(mark)) {
      assert.ok(!this.over, `it ended before ${there()}`);
      await within(new Promise(resolve => (this.wake = resolve)), there);
    }
    const end = this.output.indexOf(mark) + mark.length;
    const taken = this.output.slice(0, end);
    this.output = this.output.slice(end);
    return taken;
  }

  /** The next event of a stream: `id`, `event` and `data`. Comments and hints are left out. */
  async event() {
    for (;;) {
      const lines = (await this.until('\n\n')).split('\n');
      const event = Object.fromEntries(lines.filter(line => /^\w+: /.test(line)).map(line => line.split(/: (.*)/).slice(0, 2)));
      if (event.data !== undefined) return event;
    }
  }

  /** Waits for its end. @returns the rest of its output. */
  async rest() {
    const code = await within(this.ended, () => this.output + this.errors);
    assert.equal(code, 0, this.errors);
    return this.output;
  }

  async leave() {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** An answer as `curl -i` prints it: status, headers with names in lower case, body. */
export function parseAnswer(text) {
  const [head, ...body] = text.split('\r\n\r\n');
  const [line, ...lines] = head.split('\r\n');
  const headers = {};
  for (const each of lines) {
    const [, name, value] = /^([^:]+): *(.*)$/.exec(each);
    const before = headers[name.toLowerCase()];
    headers[name.toLowerCase()] = before === undefined ? value : `${before}, ${value}`;
  }
  return { status: Number(line.split(' ')[1]), headers, body: body.join('\r\n\r\n') };
}

/** curl; `-s` without a progress bar, `-N` each piece as it comes. */
export const curl = (...words) => new Client('curl', ['-sN', '--max-time', '60', ...words]);

export async function curlAnswer(...words) {
  return parseAnswer(await curl('-i', ...words).rest());
}
