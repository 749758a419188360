"""What two models say of the same photo, side by side, and in one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _

from scoring.contract.images import Explanation, Prediction, Predictions
from scoring.contract.problems import ProblemError
from webapp import receipts
from webapp.clients import Timed
from webapp.images.answers import Seen, embedded, mapped, seen
from webapp.problems import message
from webapp.templatetags.scores import percent

MUCH_SURER = 0.2

Outcome = Timed[Predictions] | ProblemError


@dataclass(frozen=True, slots=True)
class Side:
    """What one model answered; or `failure`, why it did not, in the visitor's words. `name` is for a sentence."""

    name: str
    heading: str
    answer: Predictions | None = None
    shown: receipts.Shown | None = None
    failure: str = ""

    @property
    def best(self) -> Prediction | None:
        return self.answer.predictions[0] if self.answer and self.answer.predictions else None

    @property
    def seen(self) -> Seen | None:
        return seen(self.answer) if self.answer else None

    @property
    def overlay_address(self) -> str:
        explained = self.answer.explanation if self.answer else None
        return embedded("image/png", explained.overlay) if explained else ""

    @property
    def knows(self) -> bool:
        return self.answer is not None and self.answer.known is not False


@dataclass(frozen=True, slots=True)
class Comparison:
    """`are_versions` of one service: its stable version and its canary; or else the models of two services."""

    sides: tuple[Side, Side]
    outcomes: tuple[Outcome, Outcome]
    are_versions: bool

    @property
    def answers(self) -> list[Predictions]:
        return [side.answer for side in self.sides if side.answer is not None]

    @property
    def timed(self) -> list[Timed[Predictions]]:
        return [outcome for outcome in self.outcomes if not isinstance(outcome, ProblemError)]

    @property
    def is_whole(self) -> bool:
        return len(self.timed) == len(self.outcomes)

    @property
    def failure(self) -> str:
        """Why neither model answered, by name; "" where one did."""
        return "" if self.timed else " ".join(f"{side.heading}: {side.failure}" for side in self.sides)

    @property
    def status(self) -> int:
        """HTTP's word for it."""
        first = self.outcomes[0]
        return first.problem.status if self.failure and isinstance(first, ProblemError) else HTTPStatus.OK

    @property
    def are_calibrated(self) -> bool:
        return any(answer.confidence is not None for answer in self.answers)

    @property
    def labels(self) -> list[Prediction]:
        """Those of both, each once."""
        return list({row.id: row for answer in self.answers for row in answer.predictions}.values())

    def with_maps(self, maps: Sequence[Explanation | None]) -> "Comparison":
        """The same one, where it is whole, with where either model looked."""
        first, second = map(mapped, self.timed, maps)
        return of(first, second, self.are_versions)

    def to_json(self) -> dict[str, Any]:
        """Of one that is whole, without what was asked for to show it once."""
        answers = [
            {"answer": replace(timed.answer, explanation=None, rendering=None).to_json(), "site_ms": timed.site_ms}
            for timed in self.timed
        ]
        return {"are_versions": self.are_versions, "answers": answers}

    @property
    def sentence(self) -> str:
        """What the two say, as HTML."""
        one, other = self.sides
        if one.best is None or other.best is None:
            only = other if one.best is None else one
            return format_html(_("Only {model} answered."), model=only.name)
        if one.knows != other.knows:
            return _one_knows(one, one.best, other) if one.knows else _one_knows(other, other.best, one)
        if not one.knows:
            return _("Both say that it is probably none of the things they know.")
        return _both_know(one, one.best, other, other.best)


def of(first: Outcome, second: Outcome, are_versions: bool, second_name: str = "") -> Comparison:
    """`second_name` is what the second model is called where it does not answer itself."""
    sides = _versions(first, second) if are_versions else _models(first, second, second_name)
    return Comparison(sides, (first, second), are_versions)


def from_json(found: dict[str, Any]) -> Comparison:
    """Raises ContractError."""
    first, second = (Timed(Predictions.from_json(one["answer"]), one["site_ms"]) for one in found["answers"])
    return of(first, second, found["are_versions"])


def _versions(stable: Outcome, canary: Outcome) -> tuple[Side, Side]:
    return (
        _side(stable, _("the stable version"), _("Stable version")),
        _side(canary, _("the canary"), _("Canary")),
    )


def _models(first: Outcome, second: Outcome, second_name: str) -> tuple[Side, Side]:
    models = [one.answer.receipt.model for one in (first, second) if not isinstance(one, ProblemError)]
    alike = len(models) == 2 and models[0] == models[1]
    one = _model(first, _("The first model"), alike)
    return _side(first, one), _side(second, _model(second, second_name or _("The second model"), alike))


def _model(found: Outcome, unnamed: str, with_version: bool) -> str:
    if isinstance(found, ProblemError):
        return unnamed
    receipt = found.answer.receipt
    return f"{receipt.model} {receipt.version}" if with_version else receipt.model


def _side(found: Outcome, name: str, heading: str = "") -> Side:
    if isinstance(found, ProblemError):
        return Side(name, heading or name, failure=message(found.problem))
    return Side(name, heading or name, found.answer, receipts.shown(found, ()))


def _one_knows(knowing: Side, best: Prediction, other: Side) -> str:
    pattern = _("They differ: {one} says {label}, {other} that it is probably none of the things it knows.")
    return format_html(pattern, one=knowing.name, label=_label(best), other=other.name)


def _both_know(one: Side, first: Prediction, other: Side, second: Prediction) -> str:
    if first.label != second.label:
        pattern = _("They differ: {one} says {label}, {other} says {other_label}.")
        return format_html(pattern, one=one.name, label=_label(first), other=other.name, other_label=_label(second))
    if abs(first.score - second.score) < MUCH_SURER:
        return format_html(_("Both say {label}."), label=_label(first))
    surer, high, low = (one, first, second) if first.score > second.score else (other, second, first)
    pattern = _("Both say {label}; {model} is surer of it, with {high} against {low}.")
    shares = {"high": percent(high.score), "low": percent(low.score)}
    return format_html(pattern, label=_label(first), model=surer.name, **shares)


def _label(prediction: Prediction) -> str:
    return format_html('<q lang="en">{}</q>', prediction.label)
