"""What a call costs.

Money is counted in micro-credits, whole numbers: 1 credit is 1 USD is 1,000,000 micro-credits. So a balance
never drifts, however many calls are charged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

MICRO = 1_000_000

#: Credits per call of a user's model that states no price.
DEFAULT_PER_CALL = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A fixed part for the call, and a part for each output that one parameter may scale.

    `base` and `per_output` are micro-credits. `scaled` holds the part for an output at those values of
    `parameter` that change it; the fixed part is never scaled.
    """

    base: int
    per_output: int = 0
    parameter: str | None = None
    scaled: Mapping[Any, int] = field(default_factory=dict)

    @classmethod
    def from_extension(cls, block: Mapping[str, Any]) -> Price:
        """The price of an `x-segmind.price` block, whose numbers are credits.

        Either `{per_call}`, or `{base, per_output, factor: {parameter, values}}` with every part optional.
        """
        each = Decimal(repr(block.get("per_output", 0)))
        factor = block.get("factor", {})
        values = factor.get("values", {})
        return cls(
            base=_micro(Decimal(repr(block.get("per_call", block.get("base", 0))))),
            per_output=_micro(each),
            parameter=factor.get("parameter"),
            scaled={value: _micro(each * Decimal(repr(times))) for value, times in values.items()},
        )

    def of(self, effective: Mapping[str, Any], outputs: int) -> int:
        """Micro-credits for a call with these effective parameters that makes `outputs` outputs."""
        each = self.per_output
        if self.parameter is not None:
            each = self.scaled.get(effective.get(self.parameter), each)
        return self.base + each * outputs


def _micro(credits_: Decimal) -> int:
    return int((credits_ * MICRO).to_integral_value(rounding=ROUND_HALF_UP))
