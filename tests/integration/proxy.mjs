// SPDX-License-Identifier: BSL-1.0
//
// nginx on a free port of 127.0.0.1, with everything it writes in a folder of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from './push.mjs';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise(resolve => server.close(resolve));
  return port;
}

async function answers(port) {
  const socket = connect(port, '127.0.0.1');
  const open = await new Promise(resolve => socket.on('connect', () => resolve(true)).on('error', () => resolve(false)));
  socket.destroy();
  return open;
}

/** Only what keeps it inside its folder; nothing about proxying. */
function configuration(folder, port, http, server) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(each => `${each}_temp_path ${folder}/${each};`);
  return `daemon off;
${process.getuid() === 0 ? 'user root;' : ''}
pid ${folder}/pid;
error_log ${folder}/error.log;
events {}
http {
  access_log ${folder}/access.log;
  ${temporary.join('\n  ')}
  ${http}
  server {
    listen 127.0.0.1:${port};
    ${server}
  }
}
`;
}

export class Nginx {
  /** @param {string} server  Lines of the server block.  @param {(folder: string) => string} http  And of the one around it. */
  static async start(server, http = () => '') {
    const nginx = new Nginx();
    nginx.folder = mkdtempSync(join(tmpdir(), 'tidings-nginx-'));
    const port = await freePort();
    nginx.url = `http://127.0.0.1:${port}/`;
    const file = join(nginx.folder, 'nginx.conf');
    writeFileSync(file, configuration(nginx.folder, port, http(nginx.folder), server));
    nginx.child = spawn('nginx', ['-p', nginx.folder, '-c', file, '-e', join(nginx.folder, 'error.log')], { stdio: 'ignore' });
    nginx.ended = once(nginx.child, 'exit');
    await eventually(async () => {
      if (nginx.child.exitCode !== null) throw new Error(nginx.errors);
      return answers(port);
    });
    return nginx;
  }

  get errors() {
    return readFileSync(join(this.folder, 'error.log'), 'utf8');
  }

  async stop() {
    this.child.kill('SIGTERM');
    await this.ended;
    rmSync(this.folder, { recursive: true });
  }
}
