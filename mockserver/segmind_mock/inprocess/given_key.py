"""The key that a client finds which brings none of its own, while an interception lasts."""

from __future__ import annotations

import os
import sys
from threading import Lock
from typing import Any

KEY = "SG_0123456789abcdef"
"""The key that clients find in `SEGMIND_API_KEY` where there is none."""
VARIABLE = "SEGMIND_API_KEY"

_SDK = "segmind"
_CLIENT = "_default_client"


class GivenKey:
    """Gives the key to this process, from the first interception that begins to the last one that ends.

    The SDK's default client keeps the key that it found, so it is set aside, and made anew in between.
    """

    def __init__(self) -> None:
        self._users = 0
        self._is_given = False
        self._aside: object = None
        self._lock = Lock()

    def begin(self) -> None:
        """An interception begins."""
        with self._lock:
            self._users += 1
            if VARIABLE not in os.environ:
                os.environ[VARIABLE] = KEY
                self._is_given = True
            if self._users == 1:
                self._aside = _replaced(None)

    def end(self) -> None:
        """It ends; with the last one everything is as it was."""
        with self._lock:
            self._users -= 1
            if self._users:
                return
            if self._is_given and os.environ.get(VARIABLE) == KEY:
                del os.environ[VARIABLE]
            self._is_given = False
            aside, self._aside = self._aside, None
            made: Any = _replaced(aside)
        own = getattr(made, "_client", None)
        if own is not None and made is not aside:
            own.close()  # whoever still has it is told so, and does not call the real service


GIVEN_KEY = GivenKey()
"""The one of this process."""


def _replaced(client: object) -> object:
    """The SDK's default client, and another in its place; None where there is no SDK, or it has no such thing."""
    sdk = sys.modules.get(_SDK)
    if sdk is None or not hasattr(sdk, _CLIENT):
        return None
    before = getattr(sdk, _CLIENT)
    setattr(sdk, _CLIENT, client)
    return before
