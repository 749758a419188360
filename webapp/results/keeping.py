"""Kept answers: made, found while they last, deleted by who made them."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.utils import timezone

from webapp.faq.sealed import Sealed
from webapp.images.sealed import SealedComparison, SealedPhoto
from webapp.results.models import Kept, KeptAnswer, KeptComparison, KeptPhoto

ID_BYTES = 16
KINDS = (KeptAnswer, KeptPhoto, KeptComparison)
Row = TypeVar("Row", KeptAnswer, KeptPhoto, KeptComparison)


def keep_answer(sealed: Sealed) -> tuple[KeptAnswer, str]:
    """The new row, and the key that deletes it, which is stored nowhere here."""
    return _kept(KeptAnswer(question=sealed.question), sealed.timed.answer.to_json(), sealed.timed.site_ms)


def keep_photo(sealed: SealedPhoto, rendering: bytes) -> tuple[KeptPhoto, str]:
    """The same for a photo. `rendering` is the scorer's copy of it."""
    return _kept(KeptPhoto(photo=rendering), sealed.timed.answer.to_json(), sealed.timed.site_ms)


def keep_comparison(sealed: SealedComparison, rendering: bytes) -> tuple[KeptComparison, str]:
    """The same for a photo and what two models say of it."""
    return _kept(KeptComparison(photo=rendering), sealed.comparison.to_json(), 0.0)


def find(kept_id: str) -> KeptAnswer | KeptPhoto | KeptComparison | None:
    lasting = {"id": kept_id, "expires_at__gt": timezone.now()}
    return (
        KeptAnswer.objects.filter(**lasting).first()
        or KeptPhoto.objects.filter(**lasting).first()
        or KeptComparison.objects.filter(**lasting).first()
    )


def made_by(kept: Kept, key: str) -> bool:
    return hmac.compare_digest(_digest(key), kept.delete_key)


def _kept(row: Row, answer: dict[str, Any], site_ms: float) -> tuple[Row, str]:
    key = secrets.token_urlsafe(ID_BYTES)
    row.id = secrets.token_urlsafe(ID_BYTES)
    row.answer = answer
    row.site_ms = site_ms
    row.delete_key = _digest(key)
    row.expires_at = timezone.now() + timedelta(days=settings.KEEP_DAYS)
    row.save(force_insert=True)
    return row, key


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
