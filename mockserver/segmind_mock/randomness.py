"""One seeded source of chance, split by purpose and by account, so that one use never shifts another."""

from __future__ import annotations

from hashlib import blake2b
from typing import Protocol

_PAGE_BITS = 20
_PAGE_MASK = (1 << _PAGE_BITS) - 1
_TAIL_MASK = (1 << 62) - 1
_VARIANT = 1 << 63
_PROOF = 6
_DRAWS = 4
_DASHED = "%08x-%04x-4%03x-%04x-%012x"
_PLAIN = _DASHED.replace("-", "")
_GOLDEN = 0x9E37_79B9_7F4A_7C15


class _Hash(Protocol):
    def copy(self) -> _Hash: ...
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


def secret() -> str:
    """A token that nobody can guess, whatever the seed."""
    import secrets  # for few, and slow to load

    return secrets.token_urlsafe(24)


class Draws:
    """Random bytes by number: the n-th draw is the same whatever was drawn before it."""

    __slots__ = ("_base", "_block", "_number")

    def __init__(self, base: _Hash) -> None:
        self._base = base
        self._number = -1
        self._block = b""

    def take(self, number: int) -> bytes:
        """Sixteen bytes. Draws are made four at a time, because most are taken one after the other."""
        block, place = divmod(number, _DRAWS)
        if block != self._number:
            state = self._base.copy()
            state.update(block.to_bytes(8, "little"))
            self._block = state.digest()
            self._number = block
        return self._block[16 * place : 16 * place + 16]


class Randomness:
    """The seed of a server, and everything that is drawn from it."""

    __slots__ = ("_key", "_odd", "seed")

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self._key = blake2b(seed.encode(), digest_size=32).digest()
        self._odd = int.from_bytes(self._key[:8], "little") | 1

    def draws(self, purpose: str, account: str = "") -> Draws:
        """The stream of one purpose in one account."""
        name = f"{purpose}\0{account}\0".encode()
        return Draws(blake2b(name, key=self._key, digest_size=16 * _DRAWS))

    def number(self, purpose: str, account: str = "", *, of: int = 0, below: int) -> int:
        """A number in 0..below-1 that belongs to the account and to `of`."""
        return int.from_bytes(self.draws(purpose, account).take(of)[:8], "little") % below

    def seal(self, content: bytes) -> str:
        """A name that tells nothing of its content (up to 16 bytes) and cannot be guessed, as hexadecimal digits."""
        proof = self._proof(content)
        return (proof + self._veil(proof, content)).hex()

    def unseal(self, name: str) -> bytes | None:
        """The content of a name made by `seal` under the same seed; None for any other text."""
        try:
            sealed = bytes.fromhex(name)
            content = self._veil(sealed[:_PROOF], sealed[_PROOF:])
        except ValueError:
            return None
        return content if sealed.hex() == name and self._proof(content) == sealed[:_PROOF] else None

    def _proof(self, content: bytes) -> bytes:
        return blake2b(content, key=self._key, digest_size=_PROOF, person=b"proof").digest()

    def _veil(self, proof: bytes, content: bytes) -> bytes:
        veil = blake2b(proof, key=self._key, digest_size=16, person=b"veil").digest()
        return bytes(one ^ other for one, other in zip(content, veil[: len(content)], strict=True))

    def request_id(self, handle: int, *, dashed: bool) -> str:
        """The text of a 60-bit job handle: a version 4 UUID, or its 32 hexadecimal digits (quirk `request_id`).

        The handle is its first 15 digits; the rest follows from them and the seed, so that a text with any
        digit changed names no job.
        """
        mixed = handle * self._odd
        tail = (mixed ^ mixed >> 31) & _TAIL_MASK | _VARIANT
        return (_DASHED if dashed else _PLAIN) % (
            handle >> 28,
            handle >> 12 & 0xFFFF,
            handle & 0xFFF,
            tail >> 48,
            tail & 0xFFFF_FFFF_FFFF,
        )


def handle_of(draw: bytes, page: int, mask: int) -> int:
    """A job's 60-bit handle: 40 random bits, then the page it is filed on, hidden by them and the account's `mask`."""
    chance = int.from_bytes(draw[:5], "little")
    return chance << _PAGE_BITS | (page ^ mask ^ chance * _GOLDEN >> 24) & _PAGE_MASK


def page_of(handle: int, mask: int) -> int:
    """The page on which a handle was filed."""
    return (handle ^ mask ^ (handle >> _PAGE_BITS) * _GOLDEN >> 24) & _PAGE_MASK


def handle_in(request_id: str) -> int | None:
    """The handle that a request id would name; None for a text that cannot be one."""
    if len(request_id) == 36:
        digits = request_id[:8] + request_id[9:13] + request_id[15:18]
    elif len(request_id) == 32:
        digits = request_id[:12] + request_id[13:16]
    else:
        return None
    try:
        return int(digits, 16)
    except ValueError:
        return None
