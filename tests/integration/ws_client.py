# SPDX-License-Identifier: BSL-1.0
"""Debian's package python3-websockets as a client of ws_server: ws_client.py URL; says "passed NAME" for each test."""

import asyncio
import contextlib
import json
import sys
import time
import urllib.request

import websockets

ROOT = sys.argv[1]
WEB = ROOT.replace("http", "ws", 1)
LARGE = 10 * 1024 * 1024


def end_of(name):
    """How the session ended for its application."""
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        with urllib.request.urlopen(f"{ROOT}control/end?name={name}") as answer:
            end = json.load(answer)
        if end is not None:
            return end
        time.sleep(0.01)
    raise AssertionError("the session did not end")


def connect(name, **options):
    return websockets.connect(f"{WEB}echo?name={name}", max_size=2 * LARGE, **options)


async def test_messages(name):
    async with connect(name) as peer:
        for message in ["hello", "", "Grüße, 你好, 👋", b"", b"\x00\xff", bytes(range(256)) * 300]:
            await peer.send(message)
            assert await peer.recv() == message


async def test_compression_is_not_agreed_on(name):
    async with connect(name, compression="deflate") as peer:
        assert peer.extensions == []
        async with connect(name, compression=None) as other:
            await other.send("plain")
            assert await other.recv() == "plain"


async def test_large_messages(name):
    async with connect(name) as peer:
        for message in ["tidings " * (LARGE // 8), b"\x00\x01\x02\x03" * (LARGE // 4)]:
            await peer.send(message)
            assert await peer.recv() == message


async def test_fragments(name):
    async with connect(name) as peer:
        await peer.send(["one ", "two ", "", "three"])
        assert await peer.recv() == "one two three"
        await peer.send([b"\x00", b"\x01" * 70000])
        assert await peer.recv() == b"\x00" + b"\x01" * 70000


async def test_order(name):
    async with connect(name) as peer:
        for i in range(1000):
            await peer.send(str(i))
        for i in range(1000):
            assert await peer.recv() == str(i)
        await peer.send("!send 1000")
        for i in range(1000):
            assert await peer.recv() == str(i)


async def test_pings(name):
    async with connect(name) as peer:
        for payload in [b"", b"p", b"p" * 125]:
            pong = await peer.ping(payload)
            await asyncio.wait_for(pong, 20)
        # Longer than the server's pong wait: it pings too, and is answered.
        await asyncio.sleep(2.5)
        await peer.send("still here")
        assert await peer.recv() == "still here"


async def test_closes_of_the_server(name):
    for code, reason in [(1000, ""), (1001, "bye"), (1011, ""), (1013, "later"), (3000, "Grüße"), (4999, "x" * 123)]:
        this = f"{name}-{code}"
        async with connect(this) as peer:
            await peer.send(f"!close {code} {reason}")
            with contextlib.suppress(websockets.ConnectionClosed):
                await peer.recv()
            assert (peer.close_code, peer.close_reason) == (code, reason)
        assert end_of(this) == {"code": code, "reason": reason, "who": "local", "clean": True}


async def test_closes_of_the_client(name):
    for code, reason in [(1000, ""), (1001, "bye"), (1011, "x"), (3000, "Grüße"), (4999, "x" * 123)]:
        this = f"{name}-{code}"
        async with connect(this) as peer:
            await peer.close(code, reason)
        assert end_of(this) == {"code": code, "reason": reason, "who": "peer", "clean": True}


async def test_abrupt_ends(name):
    async with connect(name) as peer:
        peer.transport.abort()
    assert end_of(name)["code"] == 1006
    async with connect(name) as peer:
        await peer.send("!kill")
        with contextlib.suppress(websockets.ConnectionClosed):
            await peer.recv()
        assert peer.close_code == 1006


async def test_subprotocol(name):
    async with connect(name, subprotocols=["other", "second", "first"]) as peer:
        assert peer.subprotocol == "first"


async def test_endpoint(name):
    async with websockets.connect(f"{WEB}push?user={name}", subprotocols=["tidings.v1"]) as peer:
        assert "hello" in json.loads(await peer.recv())


async def main():
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    for name, test in tests.items():
        await asyncio.wait_for(test(name), 60)
        print("passed", name, flush=True)


asyncio.run(main())
