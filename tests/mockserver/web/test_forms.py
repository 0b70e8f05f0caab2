"""Forms: text fields are parameters, a file stands for its bytes, and what cannot be read is refused."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.errors import BadRequest
from segmind_mock.web import forms
from tests.worlds import CATALOG

KIND = b"multipart/form-data; boundary=cut"


def read(raw: bytes, kind: bytes = KIND) -> dict[str, object]:
    """The parameters that a form gives."""
    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind)]}
    model = CATALOG.get("sd1.5-img2img")
    assert model is not None
    return asyncio.run(forms.parameters(raw, scope, model))


def form(*fields: tuple[str, bytes]) -> bytes:
    """A form of fields, each given by the rest of its Content-Disposition."""
    head = "--cut\r\nContent-Disposition: form-data; {}\r\n\r\n"
    return b"".join(head.format(name).encode() + body + b"\r\n" for name, body in fields) + b"--cut--\r\n"


def test_form() -> None:
    """Fields are parameters, read as the model declares them; of one given twice the last counts."""
    raw = form(('name="samples"', b"2"), ('name="base64"', b"true"), ('name="x"', b"1"), ('name="x"', b"\xc3\xa9"))
    assert read(raw) == {"samples": 2, "base64": True, "x": "é"}


def test_upload() -> None:
    """An uploaded file stands for its bytes as a data URI, with its type or none."""
    head = 'name="image"; filename="a.png"\r\nContent-Type: image/png'
    assert read(form((head, b"\0\xff"))) == {"image": "data:image/png;base64,AP8="}
    untyped = read(form(('name="image"; filename="a"', b"abc")))
    assert untyped == {"image": "data:application/octet-stream;base64,YWJj"}


def test_empty_form() -> None:
    """A form without a field is a body without a parameter."""
    assert read(form()) == {}


@pytest.mark.parametrize("field", [('name="a"', b"x\0y"), ('name="a\0b"', b"x")])
def test_nul_in_a_form(field: tuple[str, bytes]) -> None:
    """A NUL in the text of a field, or in its name, is refused, as it is in JSON."""
    with pytest.raises(BadRequest, match="NUL"):
        read(form(field))


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (KIND, b"garbage"),
        (KIND, b"--cut\r\nbad\r\n\r\n"),
        (KIND, b"--cut\r\nContent-Disposition: form-data\r\n\r\nx\r\n--cut--\r\n"),
        (b"multipart/form-data", b"--cut--\r\n"),
        (b"multipart/form-data; boundary=", b"--cut--\r\n"),
        (b"multipart/form-data; boundary=" + b"x" * 999, b"--cut--\r\n"),
        (b"multipart/form-data; boundary=\xe9", b"--cut--\r\n"),
    ],
)
def test_broken_forms(kind: bytes, raw: bytes) -> None:
    """A form that cannot be read is refused with a reason."""
    with pytest.raises(BadRequest, match=r"^The body is not valid multipart/form-data: .+"):
        read(raw, kind)


def test_too_many_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form may have only so many fields, and as many files."""
    monkeypatch.setattr(forms, "_FIELDS", 2)
    for head in ('name="a"', 'name="a"; filename="b"'):
        assert read(form((head, b""), (head, b"")))
        with pytest.raises(BadRequest, match="Too many"):
            read(form((head, b""), (head, b""), (head, b"")))


HEADS = st.sampled_from(['name="a"', 'name="a"; filename="b"', "", 'name="a\r\nX: y', "name=a; name=b", 'filename="'])
BITS = st.one_of(
    st.sampled_from([b"--cut", b"--cut--", b"\r\n", b"\r\n\r\n", b"\n", b":", b"Content-Disposition: form-data; "]),
    HEADS.map(str.encode),
    st.binary(max_size=4),
)


@given(st.lists(BITS, max_size=12).map(b"".join))
def test_any_form(raw: bytes) -> None:
    """Whatever a form holds, there are parameters or a refusal."""
    with suppress(BadRequest):
        assert isinstance(read(raw), dict)
