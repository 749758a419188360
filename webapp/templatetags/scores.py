"""How scores, shares and times are written."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

VERY_LIKELY = 0.8
LIKELY = 0.5
A_GUESS = 0.2


@register.inclusion_tag("pieces/score.html")
def score_bar(score: float, in_words: bool = True) -> dict[str, object]:
    """`score` is 0 to 1; the axis is always 0 to 100 %. In words too, unless these are said elsewhere."""
    return {"score": score, "width": f"{score * 100:.1f}", "in_words": in_words}


@register.filter
def percent(share: float) -> str:
    """0.874 → 87 %, with no-break spaces. Never 0 or 100 where it is not quite."""
    if 0 < share < 0.01:
        return "<\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}%"
    if 0.99 < share < 1:
        return ">\N{NO-BREAK SPACE}99\N{NO-BREAK SPACE}%"
    return f"{share * 100:.0f}\N{NO-BREAK SPACE}%"


@register.filter
def share(percent: int) -> str:
    """40 → 0.4, for an attribute: a decimal point in every language."""
    return f"{percent / 100:g}"


@register.filter
def likelihood(score: float) -> str:
    """A score in words."""
    if score >= VERY_LIKELY:
        return _("very likely")
    if score >= LIKELY:
        return _("likely")
    return _("a guess") if score >= A_GUESS else _("unlikely")


@register.filter
def milliseconds(duration: float) -> str:
    """A duration in milliseconds: one decimal below ten, seconds from a thousand on."""
    if duration >= 1000:
        return f"{number_format(round(duration / 1000, 1), 1)}\N{NO-BREAK SPACE}s"
    digits = 0 if duration >= 10 else 1
    return f"{number_format(round(duration, digits), digits)}\N{NO-BREAK SPACE}ms"


def ago(seconds: int) -> str:
    """Of what lasts for an hour: in whole minutes."""
    minutes = seconds // 60
    if minutes == 0:
        return _("a moment ago")
    return ngettext("{n} minute ago", "{n} minutes ago", minutes).format(n=minutes)
