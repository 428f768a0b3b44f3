// SPDX-License-Identifier: BSL-1.0
//
// The npm package ws: /echo sends back, /room sends to all. Writes its port to the standard output.

import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const options = { noServer: true, perMessageDeflate: false };
const echo = new WebSocketServer(options);
const room = new WebSocketServer(options);
echo.on('connection', socket => socket.on('message', (data, binary) => socket.send(data, { binary })));
room.on('connection', socket => socket.on('message', (data, binary) => {
  for (const each of room.clients) each.send(data, { binary });
}));

const server = createServer((request, response) => response.writeHead(404).end());
server.on('upgrade', (request, socket, head) => {
  const wanted = request.url === '/room' ? room : echo;
  wanted.handleUpgrade(request, socket, head, client => wanted.emit('connection', client, request));
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => console.log(server.address().port));
