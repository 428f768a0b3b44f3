// SPDX-License-Identifier: BSL-1.0
//
// A Hub behind real sockets: `/push` speaks all transports, `/` is a bare page, `/web/` are the clients. What stands
// between client and server can be set: `upgrade`.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { Hub, asked } from './fake_hub.mjs';
import { event, hello } from './support.mjs';
import { web } from './web.mjs';

export class FakeServer {
  upgrade = 'open'; // 'open'; a status; 'swallowed': no answer; 'mute': no hello
  credential = null; // without it: 401
  hub = new Hub();
  counts = { websocket: 0, sse: 0, poll: 0 };
  #count = 0;
  #open = new Set(); // functions that cut

  static async start() {
    const server = new FakeServer();
    server.http = createServer((request, response) => server.#request(request, response));
    server.sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'tidings.v1' });
    server.http.on('upgrade', (request, socket, head) => server.#upgrade(request, socket, head));
    await new Promise(resolve => server.http.listen(0, '127.0.0.1', resolve));
    server.url = `http://127.0.0.1:${server.http.address().port}/`;
    return server;
  }

  async publish(count = 1) {
    const data = Array.from({ length: count }, () => `${++this.#count}`);
    for (const each of data) this.hub.publish('orders', each);
    return data;
  }

  text(message) {
    return message.data;
  }

  /** Breaks what is open, as a network does. */
  async cut() {
    for (const each of [...this.#open]) each();
  }

  /** Ends every socket in order. */
  bye(code, words) {
    for (const client of this.sockets.clients) {
      if (words) client.send(JSON.stringify({ bye: words }));
      client.close(code);
    }
  }

  async stop() {
    await this.cut();
    this.http.closeAllConnections?.();
    await new Promise(resolve => this.http.close(resolve));
  }

  #refused(request) {
    const { authorization, 'sec-websocket-protocol': offered = '' } = request.headers;
    const known = [authorization?.replace('Bearer ', ''), /bearer\.([^, ]+)/.exec(offered)?.[1]];
    return this.credential !== null && !known.includes(this.credential);
  }

  #upgrade(request, socket, head) {
    socket.on('error', () => {});
    this.#keep(() => socket.destroy(), socket);
    if (this.upgrade === 'swallowed') return;
    const status = this.#refused(request) ? 401 : this.upgrade;
    if (typeof status === 'number') {
      return socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    }
    this.sockets.handleUpgrade(request, socket, head, client => {
      if (this.upgrade === 'mute') return;
      this.counts.websocket++;
      const say = envelope => client.send(JSON.stringify(envelope));
      const session = this.hub.open(asked(request.url), say);
      client.on('message', text => this.hub.command(session, JSON.parse(text)).forEach(say));
      client.on('close', () => session.end());
    });
  }

  #keep(cut, stream) {
    this.#open.add(cut);
    stream.on('close', () => this.#open.delete(cut));
  }

  #request(request, response) {
    const { pathname } = new URL(request.url, this.url);
    if (pathname !== '/push') return this.#file(pathname, response);
    if (this.#refused(request)) return response.writeHead(401, { 'Content-Type': 'application/json' }).end('{}');
    this.#keep(() => request.socket.destroy(), response);
    if (request.method === 'POST') return this.#command(request, response);
    if (request.headers.accept === 'text/event-stream') return this.#stream(request, response);
    return this.#poll(request, response);
  }

  #file(pathname, response) {
    if (pathname.startsWith('/web/')) {
      response.setHeader('Content-Type', 'text/javascript');
      return response.end(readFileSync(join(web, pathname.slice(5).replace(/[^\w.]/g, ''))));
    }
    response.setHeader('Content-Type', 'text/html');
    return response.end('<!doctype html><title>client</title><link rel=icon href=data:,>\n');
  }

  async #command(request, response) {
    let text = '';
    for await (const piece of request) text += piece;
    const { ack, send } = JSON.parse(text);
    if (ack) this.hub.acknowledge(ack);
    const refusal = JSON.stringify({ error: 'not_supported', message: 'messages upwards are not taken here' });
    if (send) response.writeHead(501, { 'Content-Type': 'application/json' }).end(refusal);
    else response.writeHead(204).end();
  }

  #stream(request, response) {
    this.counts.sse++;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const tell = item => response.write(
      item.hello ? hello(item.hello.at)
        : item.gap ? `id: ${Object.values(item.gap.at)[0]}\nevent: tidings.gap\ndata: ${JSON.stringify(item.gap)}\n\n`
          : event(item.at, item.data, item.event));
    const session = this.hub.open(asked(request.url), tell);
    response.on('close', () => session.end());
  }

  #poll(request, response) {
    this.counts.poll++;
    const wanted = asked(request.url);
    const news = this.hub.poll(wanted);
    const answer = body => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    if (wanted.wait === 0 || news.messages.length > 0 || news.gap.length > 0) return answer(news);
    const finish = () => {
      this.hub.waiting.delete(finish);
      clearTimeout(timer);
      answer(this.hub.poll(wanted));
    };
    const timer = setTimeout(finish, wanted.wait * 1000);
    this.hub.waiting.add(finish);
    response.on('close', () => {
      clearTimeout(timer);
      this.hub.waiting.delete(finish);
    });
  }
}
