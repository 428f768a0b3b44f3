// SPDX-License-Identifier: BSL-1.0
//
// A gateway that knows who the user is and tells the server behind it by a header: also with an upgrade, where a
// browser's WebSocket could not send one.

import { createServer, request as ask } from 'node:http';
import { connect } from 'node:net';

export class Gateway {
  refuses = false; // upgrades
  #open = new Set();

  static async start(target, header) {
    const gateway = new Gateway();
    const { hostname, port } = new URL(target);
    gateway.http = createServer((request, response) => {
      const { method, url, headers } = request;
      const inner = ask({ hostname, port, method, path: url, headers: { ...headers, ...header } }, answer => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      });
      inner.on('error', () => response.destroy());
      response.on('close', () => inner.destroy());
      request.pipe(inner);
    });
    gateway.http.on('connection', socket => gateway.#keep(socket));
    gateway.http.on('upgrade', (request, socket, head) => {
      if (gateway.refuses) return socket.end('HTTP/1.1 403 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (const [name, value] of Object.entries({ ...request.headers, ...header })) lines.push(`${name}: ${value}`);
      const inner = gateway.#keep(connect(port, hostname));
      inner.write(`${lines.join('\r\n')}\r\n\r\n`);
      inner.write(head);
      inner.pipe(socket).pipe(inner);
      for (const [one, other] of [[inner, socket], [socket, inner]]) one.on('close', () => other.destroy());
    });
    await new Promise(resolve => gateway.http.listen(0, '127.0.0.1', resolve));
    gateway.url = `http://127.0.0.1:${gateway.http.address().port}/`;
    return gateway;
  }

  #keep(socket) {
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket));
    socket.on('error', () => {});
    return socket;
  }

  /** Breaks what is open. */
  cut() {
    for (const socket of this.#open) socket.destroy();
  }

  async stop() {
    this.cut();
    await new Promise(resolve => this.http.close(resolve));
  }
}
