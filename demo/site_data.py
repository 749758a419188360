"""Migrates the database, makes the operator's account and the example photos, in one start of Django.

python -m demo.site_data OPERATOR_FILE
"""

import os
import sys

import django
from django.core.management import call_command


def main(operator_file: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("ensure_operator", "--file", operator_file)
    call_command("prepare_examples")


if __name__ == "__main__":
    main(sys.argv[1])
