"""Call: a request and what is noted of it on the way; nothing, for most."""

from __future__ import annotations

from segmind_mock.errors import ApiError, BadRequest
from segmind_mock.web.call import Call
from tests.worlds import KEY, START, backend


def call() -> Call:
    """A call of an account's."""
    return Call({"type": "http"}, {b"a": b"b"}, backend().world(KEY), START, START + 5)


def test_a_new_call() -> None:
    """A call knows whose it is and when it came; its body is not read, and nothing is planned or noted."""
    here = call()
    assert (here.world.key, here.now, here.real, here.headers[b"a"]) == (KEY, START, START + 5, b"b")
    assert (here.body, here.is_read, here.plan, here.notes) == (b"", False, None, None)


def test_what_is_noted_of_one_is_not_noted_of_another() -> None:
    """Two calls share nothing, though neither has anything until it is set."""
    one, other = call(), call()
    one.noted().rules.append("a/b")
    one.body, one.is_read = b"x", True
    assert one.noted().rules == ["a/b"]
    assert one.noted() is one.notes
    assert (other.notes, other.body, other.is_read) == (None, b"", False)


def test_note_quirk() -> None:
    """A quirk is noted with the reading that its account has."""
    here = call()
    here.note_quirk("early_result")
    assert here.noted().quirks == ["early_result=status"]


def test_an_error_without_a_reason() -> None:
    """An error that tells no reason leaves no note."""
    here = call()
    here.note_refusal(BadRequest("why"))
    assert here.notes is None


def test_an_error_with_reasons() -> None:
    """Of an error the quirk that decided it is noted, and what was wrong, one by one; of two errors, both."""
    here = call()
    first: ApiError = BadRequest("why").explained(quirk="bad_enum=400", violations=({"at": "$.a"}, {"at": "$.b"}))
    here.note_refusal(first)
    here.note_refusal(BadRequest("why").explained(violations=({"at": "$.c"},)))
    here.note_refusal(BadRequest("why").explained(quirk="relative_image=refuse"))
    assert here.noted().quirks == ["bad_enum=400", "relative_image=refuse"]
    assert [one["at"] for one in here.noted().violations] == ["$.a", "$.b", "$.c"]
