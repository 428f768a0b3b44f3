// SPDX-License-Identifier: BSL-1.0
//
// Our clients against servers and proxies that others wrote.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { WebSocketServer } from 'ws';

import { ClientProgram } from './client_program.mjs';
import { Nginx } from './proxy.mjs';
import { WsServer } from './ws_server.mjs';

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/** The npm package ws: echoes, and does what it is told. */
async function startWs(server, options = {}) {
  const sockets = new WebSocketServer({ server, ...options });
  sockets.on('connection', socket => {
    socket.on('message', (data, binary) => {
      const text = binary ? '' : `${data}`;
      if (text === '!drop') return socket.terminate();
      if (text === '!fragments') {
        socket.send('one ', { fin: false });
        socket.ping('between');
        socket.send('two ', { fin: false });
        return socket.send('three', { fin: true });
      }
      if (text.startsWith('!close ')) return socket.close(Number(text.slice(7)), 'as asked');
      socket.send(data, { binary });
    });
  });
  return sockets;
}

describe('the npm package ws as the server', () => {
  let server;
  let sockets;
  let url;
  before(async () => {
    server = createServer();
    url = `ws://127.0.0.1:${await listening(server)}/`;
    // It offers compression, which our client does not ask for.
    sockets = await startWs(server, { perMessageDeflate: true, handleProtocols: offered => [...offered][0] });
  });
  after(() => {
    for (const each of sockets.clients) each.terminate();
    server.close();
  });

  test('text, binary and fragments come back', async () => {
    const client = new ClientProgram('ws', url, '--raw', '--protocol', 'chat');
    await client.next('state', 'open');
    for (const text of ['hello', 'Grüße, 你好, 👋', 'x'.repeat(126), 'x'.repeat(70_000)]) {
      client.say(`text ${text}`);
      assert.equal((await client.next('received')).data, text);
    }
    for (const size of [0, 1, 65_536, 300_000]) {
      client.say(`binary ${size}`);
      assert.equal((await client.next('received')).bytes, size);
    }
    client.say('text !fragments');
    assert.equal((await client.next('received')).data, 'one two three');
    assert.equal(await client.end(), 0);
  });

  test('codes of closes say whether it comes back', async () => {
    for (const [code, state] of [[1001, 'waiting'], [1012, 'waiting'], [3001, 'waiting'], [4401, 'waiting'],
      [4503, 'waiting'], [1000, 'stopped'], [1008, 'waiting'], [4000, 'stopped']]) {
      const client = new ClientProgram('ws', url, '--raw');
      await client.next('state', 'open');
      client.say(`text !close ${code}`);
      const end = await client.next('code', code);
      assert.equal(end.state, state, `${code}`);
      assert.equal(end.reason, 'as asked');
      if (state === 'waiting') await client.next('state', 'open');
      assert.equal(await client.end(), 0);
    }
  });

  test('a dropped connection is come back to', async () => {
    const client = new ClientProgram('ws', url, '--raw');
    await client.next('state', 'open');
    client.say('text !drop');
    await client.next('state', 'waiting');
    await client.next('state', 'open');
    client.say('text again');
    assert.equal((await client.next('received')).data, 'again');
    assert.equal(await client.end(), 0);
  });

  test('a close of ours arrives with its code and reason', async () => {
    const closed = new Promise(resolve => {
      sockets.once('connection', socket => socket.on('close', (code, reason) => resolve([code, `${reason}`])));
    });
    const client = new ClientProgram('ws', url, '--raw');
    await client.next('state', 'open');
    client.say('close 4005 enough');
    assert.deepEqual(await closed, [4005, 'enough']);
    assert.equal(await client.end(), 0);
  });
});

// It compresses for whoever asks.
for (const options of [[], ['--deflate', 'no'], ['--deflate', 'takeover,bits=10']]) {
  test(`Python's package websockets as the server, ${options.join(' ')}`, async t => {
    const script = join(process.env.TIDINGS_SOURCE_DIR, 'tests/integration/echo_server.py');
    const python = spawn(process.env.TIDINGS_PYTHON, ['-B', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => python.kill());
    const [port] = await once(python.stdout, 'data');
    const url = `ws://127.0.0.1:${`${port}`.trim()}/`;
    const client = new ClientProgram('ws', url, '--raw', '--protocol', 'chat', ...options);
    await client.next('state', 'open');
    for (const text of ['hello', 'Grüße, 你好, 👋', 'x'.repeat(70_000)]) {
      client.say(`text ${text}`);
      assert.equal((await client.next('received')).data, text);
    }
    client.say('text !fragments');
    assert.equal((await client.next('received')).data, 'one two three');
    // Its pings are answered, or it would have closed by now.
    await new Promise(resolve => setTimeout(resolve, 400));
    client.say('text still here');
    assert.equal((await client.next('received')).data, 'still here');
    client.say('text !close 1012');
    assert.equal((await client.next('code', 1012)).state, 'waiting');
    await client.next('state', 'open');
    assert.equal(await client.end(), 0);
  });
}

test('an event stream of Node goes on by Last-Event-ID', async t => {
  const seen = [];
  const server = createServer((request, response) => {
    seen.push(request.headers['last-event-id']);
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    const next = Number(request.headers['last-event-id'] ?? 0) + 1;
    response.write('retry: 20\n\n');
    // One in two pieces, one whole; then it ends.
    response.write(`id: ${next}\r\nevent: ti`);
    setTimeout(() => response.end(`ck\r\ndata: ${next}\r\ndata: more\r\n\r\nid: ${next + 1}\ndata: ${next + 1}\n\n`), 20);
  });
  t.after(() => server.close());
  const url = `http://127.0.0.1:${await listening(server)}/events`;
  const client = new ClientProgram('sse', url, '--raw');
  for (const number of [1, 3, 5]) {
    const first = await client.next('received');
    assert.deepEqual([first.event, first.data, first.at], ['tick', `${number}\nmore`, `${number}`]);
    assert.equal((await client.next('received')).data, `${number + 1}`);
    if (number < 5) assert.ok((await client.next('state', 'waiting')).retry >= 20);
  }
  assert.deepEqual(seen.slice(0, 3), [undefined, '2', '4']);
  assert.equal(await client.end(), 0);
});

/** A proxy that opens tunnels for those who know the word. */
async function startProxy(word) {
  const server = createServer((request, response) => response.writeHead(405).end());
  server.tunnels = [];
  server.on('connect', (request, socket, head) => {
    const expected = `Basic ${Buffer.from(word).toString('base64')}`;
    if (request.headers['proxy-authorization'] !== expected) {
      return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
    }
    server.tunnels.push(request.url);
    const [, port] = request.url.split(':');
    const up = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\nVia: node\r\n\r\n');
      up.write(head);
      up.pipe(socket).pipe(up);
    });
    for (const each of [up, socket]) each.on('error', () => {});
    socket.on('close', () => up.destroy());
  });
  server.url = `http://${word}@127.0.0.1:${await listening(server)}`;
  return server;
}

/** A certificate of the program openssl, for `localhost`. */
function makeCertificate() {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-tls-'));
  const [key, cert] = ['key.pem', 'cert.pem'].map(name => join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1',
    '-subj', '/CN=tidings', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { folder, cert, options: { key: readFileSync(key), cert: readFileSync(cert) } };
}

describe('through a proxy, with and without TLS', () => {
  let proxy;
  let plain;
  let secure;
  let tls;
  const ports = {};
  before(async () => {
    tls = makeCertificate();
    proxy = await startProxy('user:secret');
    plain = createServer();
    secure = createSecureServer(tls.options);
    ports.plain = await listening(plain);
    ports.secure = await listening(secure);
    for (const each of [plain, secure]) await startWs(each);
  });
  after(() => {
    for (const each of [proxy, plain, secure]) each.closeAllConnections(), each.close();
    rmSync(tls.folder, { recursive: true });
  });

  test('ws', async () => {
    const client = new ClientProgram('ws', `ws://localhost:${ports.plain}/`, '--raw', '--proxy', proxy.url);
    await client.next('state', 'open');
    client.say('text through');
    assert.equal((await client.next('received')).data, 'through');
    assert.equal(proxy.tunnels.at(-1), `localhost:${ports.plain}`);
    assert.equal(await client.end(), 0);
  });

  test('wss', async () => {
    const client = new ClientProgram('ws', `wss://localhost:${ports.secure}/`, '--raw', '--proxy', proxy.url, '--ca', tls.cert);
    await client.next('state', 'open');
    client.say(`text ${'x'.repeat(100_000)}`);
    assert.equal((await client.next('received')).data.length, 100_000);
    assert.equal(await client.end(), 0);
  });

  test('wss with the wrong name', async () => {
    const client = new ClientProgram('ws', `wss://127.0.0.1:${ports.secure}/`, '--raw', '--ca', tls.cert);
    assert.match((await client.next('state', 'waiting')).error, /certificate/);
    assert.equal(await client.end(), 0);
  });

  test('without the word', async () => {
    const client = new ClientProgram('ws', `ws://localhost:${ports.plain}/`, '--raw', '--proxy', proxy.url.replace('secret', 'no'));
    assert.equal((await client.next('state', 'stopped')).http, 407);
    assert.equal(await client.end(), 0);
  });
});

describe('nginx in front of our listener', () => {
  let server;
  let nginx;
  before(async () => {
    server = await WsServer.start();
    nginx = await Nginx.start(`
      location /push {
        proxy_pass http://127.0.0.1:${server.port};
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
      }
      location /dead { proxy_pass http://127.0.0.1:9; }`);
  });
  after(async () => {
    await nginx?.stop();
    await server?.stop();
  });

  for (const kind of ['ws', 'sse']) {
    test(`${kind} goes through`, async () => {
      const client = new ClientProgram(kind, `${nginx.url}push?user=alice`);
      await client.next('state', 'open');
      await server.get('control/publish?user=alice');
      assert.equal((await client.next('received')).data, 'for alice');
      assert.equal(await client.end(), 0);
    });

    test(`${kind} waits while there is nobody behind nginx`, async () => {
      const client = new ClientProgram(kind, `${nginx.url}dead`);
      const waiting = await client.next('state', 'waiting');
      assert.equal(waiting.http, 502);
      assert.ok(waiting.retry >= 100);
      await client.next('state', 'waiting');
      assert.equal(await client.end(), 0);
    });
  }
});
