"""The conditions that patterns are made of, compiled: each checks a subject, and tells what is not as wanted. Pure."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

from segmind_mock.jsonpaths import JsonPath
from segmind_mock.matchers import HEADER, SECRET, Kind, Matcher, shown
from segmind_mock.subjects import MISSING, Subject

Check = Callable[[Subject], bool]
Words = Callable[[Subject], list[str]]

_ANCHORED = frozenset({"operation", "model", "path", "method", "key", "request_id", "job"})
_SECRET_HEADERS = frozenset({"x-api-key", "authorization"})
_SHOWN_VALUES = 3


class Part(NamedTuple):
    """A pattern or one condition of it, compiled."""

    check: Check
    words: Words
    """What keeps a subject from passing the check; empty exactly when it passes."""
    told: str
    """The condition in words."""
    anchors: tuple[tuple[str, object], ...] = ()
    """Plain equalities without which the check cannot pass."""
    needs_body: bool = False


def of_field(name: str, attribute: str, kind: Kind, matcher: Matcher) -> Part:
    """A condition on one value of the subject."""
    get: Callable[[Subject], object] = attrgetter(attribute)
    check = _check_of(get, kind, matcher)

    def words(subject: Subject) -> list[str]:
        if check(subject):
            return []
        found = get(subject)
        return [f"{name} is {'not known' if _unset(found) else shown(found, kind)}, wanted {matcher.words}"]

    anchors = tuple((attribute, value) for value in matcher.only) if attribute in _ANCHORED else ()
    return Part(check, words, f"{name} is {matcher.words}", anchors)


def of_rules(matcher: Matcher) -> Part:
    """A condition on any of the rules that fired."""
    accepts, absent = matcher.accepts, matcher.absent

    def check(subject: Subject) -> bool:
        rules = subject.rules
        return any(map(accepts, rules)) if rules else absent

    def words(subject: Subject) -> list[str]:
        return [] if check(subject) else [f"rule is {', '.join(subject.rules) or 'none'}, wanted {matcher.words}"]

    return Part(check, words, f"rule is {matcher.words}")


def header_kind(name: str) -> Kind:
    """The kind of a header's values: some of them are keys."""
    return SECRET if name in _SECRET_HEADERS else HEADER


def of_header(name: str, matcher: Matcher) -> Part:
    """A condition on a header of the request; the name in small letters."""
    accepts, absent, kind = matcher.accepts, matcher.absent, header_kind(name)

    def check(subject: Subject) -> bool:
        found = subject.header(name)
        return absent if found is None else accepts(found)

    def words(subject: Subject) -> list[str]:
        if check(subject):
            return []
        found = subject.header(name)
        return [f"header {name} is {'missing' if found is None else shown(found, kind)}, wanted {matcher.words}"]

    anchors = tuple((f"header:{name}", value) for value in matcher.only)
    return Part(check, words, f"header {name} is {matcher.words}", anchors)


def of_document(document: str, path: JsonPath, matcher: Matcher) -> Part:
    """A condition on any of the values at a place of the `body` or of the `answer`."""
    accepts, absent = matcher.accepts, matcher.absent
    get: Callable[[Subject], object] = attrgetter(document)

    def values(subject: Subject) -> list[object]:
        whole = get(subject)
        return [] if whole is MISSING else path.find(whole)

    def check(subject: Subject) -> bool:
        found = values(subject)
        return any(map(accepts, found)) if found else absent

    def words(subject: Subject) -> list[str]:
        if check(subject):
            return []
        found = values(subject)
        told = ", ".join(map(shown, found[:_SHOWN_VALUES])) + (", …" if found[_SHOWN_VALUES:] else "")
        return [f"{document} {path} is {told or 'missing'}, wanted {matcher.words}"]

    return Part(check, words, f"{document} {path} is {matcher.words}", needs_body=document == "body")


def both(parts: list[Part]) -> Part:
    """All of the parts are to hold."""
    if len(parts) == 1:
        return parts[0]
    checks = tuple(part.check for part in parts)

    def check(subject: Subject) -> bool:
        for one in checks:  # noqa: SIM110 - a generator costs more than the checks do
            if not one(subject):
                return False
        return True

    return Part(
        check,
        lambda subject: [text for part in parts for text in part.words(subject)],
        ", ".join(part.told for part in parts),
        tuple({(name, type(value), value): (name, value) for part in parts for name, value in part.anchors}.values()),
        any(part.needs_body for part in parts),
    )


def either(parts: list[Part]) -> Part:
    """One of the parts at least is to hold."""
    checks = tuple(part.check for part in parts)

    def check(subject: Subject) -> bool:
        return any(one(subject) for one in checks)

    def words(subject: Subject) -> list[str]:
        if check(subject):
            return []
        return ["; or ".join(" and ".join(part.words(subject)) for part in parts)]

    told = " or ".join(f"({part.told})" for part in parts)
    return Part(check, words, f"either {told}", needs_body=any(part.needs_body for part in parts))


def negated(part: Part) -> Part:
    """The part is not to hold."""

    def check(subject: Subject) -> bool:
        return not part.check(subject)

    def words(subject: Subject) -> list[str]:
        return [f"{part.told}, which is not wanted"] if part.check(subject) else []

    return Part(check, words, f"not ({part.told})", needs_body=part.needs_body)


def _check_of(get: Callable[[Subject], object], kind: Kind, matcher: Matcher) -> Check:
    accepts, absent = matcher.accepts, matcher.absent
    if kind.folds:
        return lambda subject: accepts(str(get(subject)).upper())
    if matcher.only and not _unset(matcher.only[0]):
        (wanted,) = matcher.only
        return lambda subject: get(subject) == wanted

    def check(subject: Subject) -> bool:
        found = get(subject)
        return absent if _unset(found) else accepts(found)

    return check


def _unset(value: object) -> bool:
    return value is None or value == ""
