# SPDX-License-Identifier: BSL-1.0
"""Every URL of tidings_bench_server does what its name says: server_routes.py SERVER [OPTION...]"""

import asyncio
import http.client
import os
import random
import subprocess
import sys

import websockets

LARGEST = 16 * 1024 * 1024


async def echoes(url, compression=None):
    async with websockets.connect(url, max_size=None, compression=compression) as client:
        assert bool(client.extensions) == bool(compression)
        for size in (0, 1, 125, 126, 65535, 65536, 1_000_000, LARGEST):
            text = "x" * size
            await client.send(text)
            assert await client.recv() == text, f"text of {size}"
        binary = os.urandom(300_000)
        await client.send(binary)
        assert await client.recv() == binary, "binary"
        pieces = [random.choice("aé€😀") * 3 for _ in range(20_000)]
        await client.send(pieces)
        assert await client.recv() == "".join(pieces), "fragments"
        many = [f"{i}:" + "y" * 20 for i in range(5_000)]

        async def send_all():
            for each in many:
                await client.send(each)

        sending = asyncio.create_task(send_all())
        for each in many:
            assert await client.recv() == each, "pipelined"
        await sending


async def fetch(port, method, target, body=None, headers=None):
    def ask():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text

    return await asyncio.get_running_loop().run_in_executor(None, ask)


class EventStream:
    async def open(self, port):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        self.writer.write(b"GET /sse HTTP/1.1\r\nHost: here\r\nAccept: text/event-stream\r\n\r\n")
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert b"200" in head and b"text/event-stream" in head, head
        assert b"retry" in await self.chunk()
        return self

    async def chunk(self):
        size = int(await self.reader.readline(), 16)
        return (await self.reader.readexactly(size + 2))[:-2]

    async def message(self):
        while True:
            for line in (await self.chunk()).split(b"\n"):
                if line.startswith(b"data: "):
                    return line[6:].decode()


async def rooms(port, compression=None):
    url = f"ws://127.0.0.1:{port}/room" + ("-" + compression if compression else "")
    members = [await websockets.connect(url, compression=compression) for _ in range(20)]
    stream = await EventStream().open(port)
    for i in range(50):
        text = f"message {i}" + "." * (2000 if compression else 0)
        await members[i % 20].send(text)
        for each in members:
            assert await each.recv() == text
        assert await stream.message() == text
    waiting = asyncio.create_task(fetch(port, "GET", "/lp"))
    await asyncio.sleep(0.2)
    status, _ = await fetch(port, "POST", "/pub", b"published")
    assert status in (200, 204), status
    for each in members:
        assert await each.recv() == "published"
    assert await stream.message() == "published"
    status, body = await waiting
    assert status == 200 and b"published" in body, (status, body)
    stream.writer.close()
    for each in members:
        await each.close()


async def polls(port):
    for _ in range(3):
        status, body = await fetch(port, "GET", "/poll")
        assert status == 200 and b"a message of some length" in body, (status, body)
        assert 80 <= len(body) <= 250, len(body)
    status, _ = await fetch(port, "GET", "/nowhere")
    assert status == 404, status


async def has_deflate(port):
    """Whether it was built with the component: without it there is no such URL."""
    status, _ = await fetch(port, "GET", "/echo-deflate")
    assert status in (404, 426), status
    return status == 426


async def check(port):
    await echoes(f"ws://127.0.0.1:{port}/echo")
    await echoes(f"ws://127.0.0.1:{port}/bare")
    await rooms(port)
    if await has_deflate(port):
        await echoes(f"ws://127.0.0.1:{port}/echo-deflate", "deflate")
        await rooms(port, "deflate")
    await polls(port)


def main(words):
    with subprocess.Popen(words + ["--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        try:
            asyncio.run(asyncio.wait_for(check(int(server.stdout.readline())), 100))
        finally:
            server.terminate()
        assert server.wait(20) == 0, "the server did not end well"


if __name__ == "__main__":
    main(sys.argv[1:])
