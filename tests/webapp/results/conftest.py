import pytest
from django.core.cache.backends.locmem import LocMemCache


@pytest.fixture(autouse=True)
def nothing_counted():
    LocMemCache("throttles", {}).clear()


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    """Passwords are slow to hash on purpose; that is Django's to test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
