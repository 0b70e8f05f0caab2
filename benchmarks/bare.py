"""The reference: a raw ASGI app that answers 200 bytes of JSON, on uvicorn with nothing spare."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LENGTH = 200
_OPENING, _CLOSING = b'{"filler":"', b'"}'
BODY = _OPENING + b"x" * (LENGTH - len(_OPENING) - len(_CLOSING)) + _CLOSING
START: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())],
}
FINISH: Message = {"type": "http.response.body", "body": BODY}


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer every request alike, whatever its path, without reading its body."""
    await send(START)
    await send(FINISH)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="the loopback port to listen on")
    port: int = parser.parse_args().port
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
