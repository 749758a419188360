"""Kept answers: made, found while they last, deleted by who made them."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from webapp.faq.sealed import Sealed
from webapp.results.models import KeptAnswer

ID_BYTES = 16


def keep(sealed: Sealed) -> tuple[KeptAnswer, str]:
    """The new row, and the key that deletes it, which is stored nowhere here."""
    key = secrets.token_urlsafe(ID_BYTES)
    kept = KeptAnswer.objects.create(
        id=secrets.token_urlsafe(ID_BYTES),
        question=sealed.question,
        answer=sealed.timed.answer.to_json(),
        site_ms=sealed.timed.site_ms,
        delete_key=_digest(key),
        expires_at=timezone.now() + timedelta(days=settings.KEEP_DAYS),
    )
    return kept, key


def find(kept_id: str) -> KeptAnswer | None:
    return KeptAnswer.objects.filter(id=kept_id, expires_at__gt=timezone.now()).first()


def made_by(kept: KeptAnswer, key: str) -> bool:
    return hmac.compare_digest(_digest(key), kept.delete_key)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
