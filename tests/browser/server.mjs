// SPDX-License-Identifier: BSL-1.0
//
// Starts a program that prints its URL, and stops it again.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

export class Program {
  /** @param {string} path  @param {string[]} words */
  static async start(path, words = []) {
    const program = new Program();
    program.child = spawn(path, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    program.output = '';
    program.ended = once(program.child, 'exit').then(([code, signal]) => ({ code, signal }));
    program.url = await new Promise((resolve, reject) => {
      const take = text => {
        program.output += text;
        const found = /http:\/\/[^\s/]+\//.exec(program.output);
        if (found) resolve(found[0]);
      };
      program.child.stdout.setEncoding('utf8').on('data', take);
      program.child.stderr.setEncoding('utf8').on('data', take);
      program.ended.then(({ code }) => reject(new Error(`${path} ended with ${code}: ${program.output}`)));
      program.child.on('error', reject);
    });
    return program;
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  /** Ends it as Ctrl-C does. @returns its exit code, or null when a signal killed it. */
  async stop(signal = 'SIGINT') {
    if (this.child.exitCode === null) this.child.kill(signal);
    const { code } = await this.ended;
    return code;
  }
}
