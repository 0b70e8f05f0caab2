"""The reference: a raw ASGI app that answers 200 bytes of JSON, or as many of anything, with nothing spare."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

App = Callable[[Message, Receive, Send], Awaitable[None]]

LENGTH = 200
_OPENING, _CLOSING = b'{"filler":"', b'"}'


def app_of(length: int, media_type: str) -> App:
    """An app whose answers have a body of so many bytes."""
    body = _OPENING + b"x" * (length - len(_OPENING) - len(_CLOSING)) + _CLOSING
    start: Message = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())],
    }
    finish: Message = {"type": "http.response.body", "body": body}

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        """Answer every request alike, whatever its path, without reading its body."""
        await send(start)
        await send(finish)

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the loopback port to listen on")
    parser.add_argument("--length", type=int, default=LENGTH, help=f"bytes of every body ({LENGTH})")
    parser.add_argument("--type", default="application/json", help="content type of every body (application/json)")
    given = parser.parse_args()
    uvicorn.run(
        app_of(given.length, given.type),
        host="127.0.0.1",
        port=given.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
