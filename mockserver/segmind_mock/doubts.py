"""Every doubt about the service, as a table: what the documents leave open is settled here and nowhere else.

A quirk has a name, its readings (the default first), one line of reason and its source. `settles` names the
conflicts (C...) and unknowns (U...) of the project's dossier of wire facts that it decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """One doubt: `readings` holds every choice, the default first."""

    name: str
    about: str
    readings: tuple[str, ...]
    reason: str
    source: str
    settles: tuple[str, ...] = ()

    @property
    def default(self) -> str:
        """The reading that holds unless another is chosen."""
        return self.readings[0]


def _quirk(name: str, readings: str, about: str, reason: str, source: str, settles: str = "") -> Quirk:
    return Quirk(
        name=name,
        about=about,
        readings=tuple(readings.split()),
        reason=reason,
        source=source,
        settles=tuple(settles.split()),
    )


_ALL = (
    _quirk(
        "key_shape",
        "segmind any",
        "which API keys work: SG_ and 16 hexadecimal digits, or any text",
        "the docs' own example keys have this shape, though one page speaks of 32 characters",
        "authentication docs",
        "C1",
    ),
    _quirk(
        "bearer",
        "refuse accept",
        "a key sent as Authorization: Bearer",
        "the newest docs say the gateway refuses it on every endpoint; llms.txt says it works",
        "authentication docs against llms.txt",
        "C2",
    ),
    _quirk(
        "v1_picture",
        "bytes json",
        "what v1 answers without base64: the picture, or JSON with its URL",
        "bytes are documented; the pages' v1 samples call .json() on every model alike",
        "API docs against page samples",
        "C3",
    ),
    _quirk(
        "request_id",
        "uuid hex",
        "request ids as UUIDs with dashes, or as 32 hexadecimal digits",
        "the docs print UUIDs; a live capture had no dashes",
        "async docs against a live capture",
        "C4",
    ),
    _quirk(
        "v2_no_credits",
        "406 402",
        "the status of a v2 submit that the balance cannot pay",
        "every table says 406; one live capture of v2 had 402",
        "model pages against a live capture",
        "C5",
    ),
    _quirk(
        "bad_enum",
        "400 406",
        "the status on v1 of a value outside a fixed set",
        "the pages call 400 invalid parameters; the error docs list a refused value under 406 too",
        "model pages against error docs",
        "C6",
    ),
    _quirk(
        "v2_validation",
        "run submit submit-422",
        "where an invalid v2 body is found: when the job runs (queued, then FAILED), or at submit with 400 or 422",
        "the docs say a submit is accepted whatever its body; older docs used 422 for validation",
        "error docs, live captures",
        "C6 C7",
    ),
    _quirk(
        "rate_plan",
        "none free-5 pro-50 flexible-60 pro-120 business-500 scale-1000",
        "requests per minute of a key (the setting `rpm` overrides it)",
        "two tables of the service disagree; out of the box nothing stands in the way",
        "rate limit docs against pricing page",
        "C8",
    ),
    _quirk(
        "file_location",
        "generations bucket",
        "the path of output files: /generations/NAME, or NAME-output at the root as on the older host",
        "images.segmind.com is documented; an older capture had a bucket",
        "SDK and data model against a live capture",
        "C10",
    ),
    _quirk(
        "retention_from",
        "submission completion",
        "what the hour that a record lives is counted from",
        "the docs say after submission; the pages say only that results are kept one hour",
        "async docs against model pages",
        "C11",
    ),
    _quirk(
        "completed_urls",
        "keep drop",
        "whether a COMPLETED status repeats status_url and response_url",
        "a live capture had them; the docs' sample has not",
        "live capture against async docs",
        "C12",
    ),
    _quirk(
        "failed_request_id",
        "keep drop",
        "whether a FAILED body holds request_id",
        "the SDK's tests have it; a live capture had not",
        "SDK tests against a live capture",
        "C12",
    ),
    _quirk(
        "lenient",
        "on off",
        'whether "4" is taken for 4 and "False" for false',
        "official clients send numbers and booleans as text",
        "SDK 0.2.3, model pages",
        "C15",
    ),
    _quirk(
        "unknown_model",
        "json text",
        "the form of the 404 for a slug that does not exist",
        "structured since the release of June 2026; plain text before",
        "changelog",
        "C16",
    ),
    _quirk(
        "early_result",
        "status 202 404",
        "the result endpoint before the job is done: 200 or 202 with the status body, or 404",
        "undocumented; a production client polls it and expects a state under 200",
        "third-party client",
        "U1",
    ),
    _quirk(
        "v1_poll",
        "result status",
        "what GET /v1/requests/{id} answers: the result body, or only the status body",
        "documented as backward compatible, its body is unknown",
        "async docs",
        "U2",
    ),
    _quirk(
        "expired_file",
        "404 403",
        "what an output URL answers after seven days",
        "undocumented; object stores answer either",
        "none",
        "U3",
    ),
    _quirk(
        "v1_samples",
        "first list",
        "v1 with samples above 1 and no base64: the first picture, or JSON with a list of base64 texts",
        "no document says; bytes can hold one picture only",
        "none",
        "U4",
    ),
    _quirk(
        "base64_keys",
        "full image",
        "the keys of the base64 JSON: image, infer_time, outputs, status, or image alone",
        "worker sources show the four; clients read only image",
        "third-party worker and clients",
        "U4",
    ),
    _quirk(
        "base64_layout",
        "pretty compact",
        "whether the base64 JSON is indented",
        "an official client cuts the body at byte 14, which fits two-space indentation and sorted keys",
        "SDK 0.2.3",
        "U4",
    ),
    _quirk(
        "json_key",
        "output image",
        "the key of the URL in the v1 answer of a model that returns JSON (image-converter)",
        "the page says Text/JSON and shows no body; v2 calls it output",
        "image-converter page",
        "U5",
    ),
    _quirk(
        "gateway_page",
        "json html",
        "the body of a 502 or 504: JSON, or a page",
        "only the status is documented",
        "model pages",
        "U7",
    ),
    _quirk(
        "reset_format",
        "iso epoch http-date",
        "how x-rate-limit-reset-at-utc is written",
        "the header is documented, its format is not",
        "rate limit docs",
        "U8",
    ),
    _quirk(
        "polls_count",
        "no yes",
        "whether status and result requests count towards the rate limit",
        "the SDK polls 60 times a minute, more than the smallest plan allows",
        "SDK",
        "U8",
    ),
    _quirk(
        "refusals_count",
        "yes no",
        "whether a refused request (4xx) counts towards the rate limit",
        "undocumented; the limit is checked before the body is looked at",
        "none",
        "U8",
    ),
    _quirk(
        "foreign_request",
        "404 403",
        "another account's request id",
        "undocumented; 404 tells nothing about others",
        "none",
        "U9",
    ),
    _quirk(
        "debit",
        "completion submission",
        "when a v2 job's cost leaves the balance",
        "failures are free and the cost appears with completion",
        "data model docs",
        "U10",
    ),
    _quirk(
        "credit_race",
        "reserve race",
        "whether jobs still running are set aside when a submit is weighed against the balance",
        "undocumented; setting aside never lets the balance go below zero",
        "none",
        "U10",
    ),
    _quirk(
        "v2_headers",
        "off on",
        "whether v2 answers carry x-request-id, x-remaining-credits and the rate limit header",
        "documented for v1 only",
        "error and rate limit docs",
        "U11",
    ),
    _quirk(
        "v1_error_headers",
        "off on",
        "whether v1 errors carry x-remaining-credits and the rate limit header",
        "documented for answers that are 200 (and the reset on 429)",
        "error and rate limit docs",
        "U11",
    ),
    _quirk(
        "status_key",
        "required optional",
        "whether status and result need the key",
        "every sample sends it",
        "async docs",
        "U12",
    ),
    _quirk(
        "relative_image",
        "accept refuse",
        "an image given as a site-relative path",
        "a page's own printed call has one",
        "sd1.5-img2img page",
        "U13 C15",
    ),
    _quirk(
        "timings_key",
        "inference none",
        "what the timings object of a result holds",
        "the object is documented, its keys are not",
        "data model docs",
        "U15",
    ),
    _quirk(
        "cors",
        "off open",
        "OPTIONS and cross-origin headers: 405 and none, or open to every page",
        "undocumented; browsers need it",
        "none",
        "U16",
    ),
    _quirk(
        "v1_gives_up",
        "504 500",
        "how v1 answers a job that outlasts the service's patience (setting `v1_patience`)",
        "504 is documented; a client saw a 500 that speaks of internal polling",
        "model pages against a third-party client",
        "U6",
    ),
    _quirk(
        "v1_blocked",
        "400 500",
        "how v1 answers content that v2 reports as a FAILED job",
        "the pages speak of v2 only",
        "model pages",
        "U6",
    ),
    _quirk(
        "omitted_seed",
        "random fixed",
        "a call without a seed: drawn anew, or always the same",
        "model-dependent, mostly random",
        "random seed docs",
    ),
    _quirk(
        "unknown_path",
        "400 404",
        "a path that is no endpoint at all",
        "a probe of the gateway was answered 400",
        "authentication docs",
        "U6",
    ),
    _quirk(
        "picture_format",
        "model png jpeg webp",
        "the format of a generated picture when no parameter chooses it",
        "older pages say image/jpeg for one of the models and nothing for others",
        "older model pages",
    ),
    _quirk(
        "unreadable_input",
        "refuse stand-in",
        "an input that is given inline and is no picture: refused, or stood in for as if it were a URL",
        "a worker cannot use what it cannot open; in which words and when it says so is told nowhere",
        "no document; worker messages seen by third-party clients",
    ),
    _quirk(
        "output_metadata",
        "on off",
        "whether v1 sends x-output-metadata, a JSON text with height and width",
        "several clients read it; no document names it",
        "third-party clients",
    ),
)

QUIRKS: Mapping[str, Quirk] = MappingProxyType({quirk.name: quirk for quirk in _ALL})

ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "C9": "uploads are on another host, which this version does not serve",
        "C13": "uploads and fine-tuning are on other hosts, which this version does not serve",
        "C14": "there are no webhooks for model jobs in either reading",
        "U14": "the setting `timing`: how long a job waits and runs",
        "U17": "generations, webhooks and accounts are on other hosts, which this version does not serve",
    }
)
"""Conflicts and unknowns that no quirk settles, and why."""
