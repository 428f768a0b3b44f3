# SPDX-License-Identifier: BSL-1.0
"""An echo server with the package websockets: `!close CODE` closes, `!fragments` comes in pieces. Prints its port."""

import asyncio

import websockets


async def serve(socket, path=None):
    try:
        await echo(socket)
    except websockets.ConnectionClosed:
        pass


async def echo(socket):
    async for message in socket:
        if isinstance(message, str) and message.startswith("!close "):
            await socket.close(int(message[7:]), "as asked")
        elif message == "!fragments":
            await socket.send(["one ", "two ", "three"])
        else:
            await socket.send(message)


async def main():
    async with websockets.serve(serve, "127.0.0.1", 0, subprotocols=["chat"], ping_interval=0.1, ping_timeout=5) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main())
