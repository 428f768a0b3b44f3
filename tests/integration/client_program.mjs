// SPDX-License-Identifier: BSL-1.0
//
// client_program, and what the tests with real servers ask of it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { within } from './push.mjs';

export class ClientProgram {
  #waiting = [];
  #lines = [];

  /** @param {'ws' | 'sse'} kind  @param {string} url  @param {string[]} options */
  constructor(kind, url, ...options) {
    const path = join(process.env.TIDINGS_BUILD_DIR, 'tests/integration/client_program');
    this.child = spawn(path, [kind, url, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.exit = once(this.child, 'exit');
    createInterface({ input: this.child.stdout }).on('line', line => {
      this.#lines.push(JSON.parse(line));
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  say(line) {
    this.child.stdin.write(`${line}\n`);
  }

  /** The next line that has this member, with this value if one is given; others are passed over. */
  async next(member, value) {
    for (;;) {
      while (this.#lines.length === 0) {
        await within(new Promise(resolve => this.#waiting.push(resolve)), () => `${member} ${value ?? ''}`);
      }
      const line = this.#lines.shift();
      if (member in line && (value === undefined || line[member] === value)) return line;
    }
  }

  /** Closes it in order. @returns its exit code. */
  async end() {
    this.child.stdin.end();
    const [code] = await within(this.exit, () => 'the end');
    return code;
  }
}
