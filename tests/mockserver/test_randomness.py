"""Randomness: one seed, streams that do not shift each other, and names that cannot be made up."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.randomness import Randomness, handle_in, handle_of, page_of

HERE = Randomness("0")
HANDLES = st.integers(0, (1 << 60) - 1)
PAGES = st.integers(0, (1 << 20) - 1)
CONTENTS = st.binary(max_size=16)


@given(st.text(), st.text(), st.text(), st.integers(0, 2**63))
def test_draws_belong_to_their_name(seed: str, purpose: str, account: str, number: int) -> None:
    """The n-th draw of a purpose in an account is the same sixteen bytes, whatever was drawn before it."""
    first = Randomness(seed).draws(purpose, account).take(number)
    again = Randomness(seed).draws(purpose, account)
    again.take(0)
    assert again.take(number) == first
    assert len(first) == 16


def test_streams_differ() -> None:
    """Another seed, purpose, account or number draws something else."""
    drawn = [
        HERE.draws("job", "a").take(1),
        Randomness("1").draws("job", "a").take(1),
        HERE.draws("seed", "a").take(1),
        HERE.draws("job", "b").take(1),
        HERE.draws("job", "a").take(2),
    ]
    assert len(set(drawn)) == len(drawn)


@given(st.integers(0, 10**6), st.integers(1, 10**12))
def test_number(of: int, below: int) -> None:
    """A number is in its range, and the same each time."""
    found = HERE.number("seed", "account", of=of, below=below)
    assert 0 <= found < below
    assert found == HERE.number("seed", "account", of=of, below=below)


@given(CONTENTS)
def test_seal_and_unseal(content: bytes) -> None:
    """A sealed name opens to what was sealed, and shows lower-case hexadecimal digits only."""
    name = HERE.seal(content)
    assert HERE.unseal(name) == content
    assert re.fullmatch("[0-9a-f]+", name)


@given(CONTENTS, st.data())
def test_a_changed_name_opens_nothing(content: bytes, data: st.DataObject) -> None:
    """With any one digit replaced a name opens to nothing."""
    name = HERE.seal(content)
    place = data.draw(st.integers(0, len(name) - 1))
    digit = data.draw(st.sampled_from("0123456789abcdefgxG \u0665").filter(lambda other: other != name[place]))
    assert HERE.unseal(name[:place] + digit + name[place + 1 :]) is None


@given(st.binary(min_size=1, max_size=16))
def test_another_spelling_opens_nothing(content: bytes) -> None:
    """Neither spaces, nor capitals, nor a part of a name open what the name opens."""
    name = HERE.seal(content)
    others = {name.upper(), f" {name}", f"{name[:2]} {name[2:]}", f"{name}00", name[:-2], name[:-1]} - {name}
    assert [HERE.unseal(other) for other in others] == [None] * len(others)


@given(st.text())
def test_any_text_is_refused(text: str) -> None:
    """A text that was never sealed opens nothing, and breaks nothing."""
    assert HERE.unseal(text) is None


@given(CONTENTS)
def test_another_seed_opens_nothing(content: bytes) -> None:
    """A name belongs to the seed it was made under."""
    assert Randomness("1").unseal(HERE.seal(content)) is None


@given(HANDLES, st.booleans(), st.text(max_size=5))
def test_request_id_leads_back(handle: int, dashed: bool, seed: str) -> None:
    """A request id is a version 4 UUID, with or without dashes, that names its handle."""
    text = Randomness(seed).request_id(handle, dashed=dashed)
    known = uuid.UUID(text)
    assert text == (str(known) if dashed else known.hex)
    assert (known.version, known.variant) == (4, uuid.RFC_4122)
    assert handle_in(text) == handle


@given(st.one_of(st.text(), st.text(min_size=32, max_size=32), st.text(min_size=36, max_size=36)))
def test_any_text_may_be_asked_for(text: str) -> None:
    """A text that is no request id names no handle, or one whose id reads otherwise."""
    handle = handle_in(text)
    assert handle is None or text not in {
        HERE.request_id(handle & (1 << 60) - 1, dashed=dashed) for dashed in (False, True)
    }


@pytest.mark.parametrize("text", ["", "x" * 36, "x" * 32, "0" * 31, "0" * 33, "0" * 35, "\u0665" * 31])
def test_no_request_id(text: str) -> None:
    """A text of another length, or with other signs, names nothing."""
    assert handle_in(text) is None


@given(st.binary(min_size=16, max_size=16), PAGES, PAGES)
def test_page_leads_back(draw: bytes, page: int, mask: int) -> None:
    """A handle has 60 bits, and its page is read from it with the mask it was made with."""
    handle = handle_of(draw, page, mask)
    assert 0 <= handle < 1 << 60
    assert page_of(handle, mask) == page


def test_pages_are_hidden() -> None:
    """Two handles on one page do not show it: their last digits differ."""
    one, other = (handle_of(HERE.draws("job").take(number), 7, 0) for number in (0, 1))
    assert one & 0xFFFFF != other & 0xFFFFF


def test_too_much_to_seal() -> None:
    """More than sixteen bytes are refused, not cut off."""
    with pytest.raises(ValueError, match="zip"):
        HERE.seal(bytes(17))
