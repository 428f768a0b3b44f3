# SPDX-License-Identifier: BSL-1.0
"""Python's websockets as a client of messages in parts: ws_stream.py URL; says "passed NAME" for each test."""

import asyncio
import json
import sys
import zlib

import websockets

WEB = sys.argv[1].replace("http", "ws", 1)
LARGE = 64 * 1024 * 1024
CHUNK = 64 * 1024


def connect(name):
    return websockets.connect(f"{WEB}stream?name={name}", max_size=2 * LARGE, compression=None)


def chunks():
    for at in range(0, LARGE, CHUNK):
        yield bytes([at // CHUNK % 251]) * CHUNK


async def test_upload_in_fragments():
    crc = 0
    for chunk in chunks():
        crc = zlib.crc32(chunk, crc)
    async with connect("python-up") as peer:
        await peer.send(chunks())
        assert json.loads(await peer.recv()) == {"bytes": LARGE, "crc": crc}


async def test_download():
    async with connect("python-down") as peer:
        await peer.send(f"!stream {LARGE}")
        message = await peer.recv()
        assert json.loads(await peer.recv()) == {"bytes": len(message), "crc": zlib.crc32(message)}
        assert len(message) == LARGE


async def main():
    for test in (test_upload_in_fragments, test_download):
        await test()
        print("passed", test.__name__, flush=True)


asyncio.run(main())
