# SPDX-License-Identifier: BSL-1.0
"""Debian's package python3-websockets and permessage-deflate: ws_deflate.py URL CLIENT. As a client of ws_server, and as
a server of the program deflate_client; says "passed NAME" for each test."""

import asyncio
import itertools
import random
import sys

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory

ROOT = sys.argv[1]
CLIENT = sys.argv[2]
WEB = ROOT.replace("http", "ws", 1)

JSON = "[" + ",".join(f'{{"id":{i * 7919 % 1000},"name":"article"}}' for i in range(300)) + "]"


def messages():
    yield from ["", "short", JSON, JSON, "Grüße, 你好, 👋" * 1000, b"", b"\x00\xff" * 2000, random.randbytes(50_000)]
    yield [JSON[:1000], "", JSON[1000:]]
    yield JSON * 100


async def echo_all(peer):
    for message in messages():
        await peer.send(message)
        whole = "".join(message) if isinstance(message, list) else message
        assert await peer.recv() == whole, whole[:50]


def connect(query, factory):
    return websockets.connect(f"{WEB}deflate?{query}", compression=None, extensions=[factory], max_size=None)


async def test_all_parameters_of_a_client():
    for server_no, client_no, server_bits, client_bits, takeover in itertools.product(
            (False, True), (False, True), (None, 9, 15), (None, True, 9, 12), (0, 1)):
        factory = ClientPerMessageDeflateFactory(server_no, client_no, server_bits, client_bits)
        async with connect(f"takeover={takeover}&bits=11&threshold=0", factory) as peer:
            (agreed,) = peer.extensions
            assert agreed.remote_no_context_takeover == (server_no or takeover == 0)
            assert agreed.local_no_context_takeover == (client_no or takeover == 0 or client_bits is None)
            assert agreed.remote_max_window_bits == min(11, server_bits or 15)
            await echo_all(peer)


async def test_as_it_is_by_default():
    async with websockets.connect(f"{WEB}deflate", max_size=None) as peer:
        assert [each.name for each in peer.extensions] == ["permessage-deflate"]
        await echo_all(peer)
    async with websockets.connect(f"{WEB}deflate", compression=None, max_size=None) as peer:
        assert peer.extensions == []
        await echo_all(peer)


async def test_a_window_that_zlib_cannot_do_is_declined():
    factory = ClientPerMessageDeflateFactory(server_max_window_bits=8)
    async with connect("takeover=1", factory) as peer:
        assert peer.extensions == []
        await echo_all(peer)


async def test_the_endpoint():
    async with websockets.connect(f"{WEB}push?user=deflate", subprotocols=["tidings.v1"]) as peer:
        assert [each.name for each in peer.extensions] == ["permessage-deflate"]
        assert "hello" in await peer.recv()


async def run_client(port, words):
    program = await asyncio.create_subprocess_exec(CLIENT, str(port), *words, stdout=asyncio.subprocess.PIPE)
    output, _ = await program.communicate()
    return program.returncode, output.decode()


async def test_our_client_with_all_parameters_of_a_server():
    async def echo(peer, *_):
        async for message in peer:
            await peer.send(message)

    for server_no, client_no, server_bits, client_bits in itertools.product(
            (False, True), (False, True), (None, 9), (None, 9, 12)):
        factory = ServerPerMessageDeflateFactory(server_no, client_no, server_bits, client_bits)
        async with websockets.serve(echo, "127.0.0.1", 0, compression=None, extensions=[factory], max_size=None) as server:
            port = server.sockets[0].getsockname()[1]
            for words in [[], ["takeover"], ["takeover", "bits=15"]]:
                code, output = await run_client(port, words)
                assert code == 0 and output.startswith("permessage-deflate"), output
                assert "echoed 90" in output, output


async def main():
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    for name, test in tests.items():
        await asyncio.wait_for(test(), 60)
        print("passed", name, flush=True)


asyncio.run(main())
