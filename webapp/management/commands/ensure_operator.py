"""Make the demo's operator once, with a password of its own, and keep both in a file."""

import os
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError

NAME = "operator"
GROUPS = ("operators", "reviewers")


class Command(BaseCommand):
    help = "Makes the user `operator` with a generated password and writes both into a file, on one line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, required=True, help="where the name and the password are kept")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        user = User.objects.filter(username=NAME).first()
        if user is None or not _matches(file, user):
            user = _with_new_password(user or User(username=NAME), file)
        user.groups.add(*Group.objects.filter(name__in=GROUPS))
        User.objects.filter(pk=user.pk).update(is_staff=True)


def _matches(file: Path, user: User) -> bool:
    try:
        name, _space, password = file.read_text(encoding="utf-8").strip().partition(" ")
    except (OSError, UnicodeDecodeError):
        return False
    return name == NAME and user.is_active and user.check_password(password)


def _with_new_password(user: User, file: Path) -> User:
    """The file is written first: a crash between leaves a password that is replaced by the next run."""
    password = secrets.token_urlsafe(12)
    try:
        _write(file, f"{NAME} {password}\n")
    except OSError as error:
        raise CommandError(f"the file for the operator's password cannot be written: {error}") from error
    user.is_active = True
    user.set_password(password)
    user.save()
    return user


def _write(file: Path, line: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as kept:
        kept.write(line)
