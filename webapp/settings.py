"""The one settings file. What may differ between installations comes from `webapp.env`."""

import os
import secrets
import sys
from pathlib import Path

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from scoring.contract.limits import IMAGE_DEADLINE_SECONDS, QUESTION_DEADLINE_SECONDS  # noqa: F401 - settings
from webapp.body_limits import MAX_BYTES_IN_MEMORY
from webapp.env import ROOT, read_environment
from webapp.images.web.policy import Policy

ENV = read_environment()
BASE_DIR = ROOT
STATE_DIR = ENV.state


def _secret_key(kept: Path) -> str:
    """One key for each installation, made at the first start: sessions survive a restart, and no key is ever shared.

    Linked into place whole, so that of two processes that start together both read the same key.
    """
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        made = kept.with_name(f"{kept.name}.{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(50))
        try:
            kept.hardlink_to(made)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return kept.read_text()


def _kept_secret_key() -> str:
    try:
        return _secret_key(STATE_DIR / "secret_key")
    except OSError as error:
        sys.exit(f"scoredeck: the state folder cannot be used ({error}). Set SCOREDECK_STATE to a folder of yours.")


SECRET_KEY = ENV.secret_key.get_secret_value() if ENV.secret_key else _kept_secret_key()
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.trusted_origins

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "webapp.apps.WebappConfig",
    "webapp.results.apps.ResultsConfig",
    "webapp.batches.apps.BatchesConfig",
    "webapp.albums.apps.AlbumsConfig",
    "cluster_admin.apps.ClusterAdminConfig",
]

MIDDLEWARE = [
    "webapp.headers.add_headers",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "webapp.bodies.RefuseBodies",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "webapp.urls"
ASGI_APPLICATION = "webapp.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "webapp.pages.nonce",
                "webapp.pages.section",
                "webapp.pages.theme",
            ]
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(
        ENV.database_url or f"sqlite:///{STATE_DIR / 'site.sqlite3'}", conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 5,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = ENV.redis_url.get_secret_value()

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # A visitor who sends a file does not wait for a broker that is gone: the batch is taken up later.
    "max_retries": 1,
    "interval_start": 0.1,
}
CELERY_BEAT_SCHEDULE = {
    "settle-changes": {
        "task": "cluster_admin.tasks.settle_changes",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "take-up-stalled-batches": {
        "task": "webapp.batches.tasks.take_up_stalled",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "take-up-stalled-albums": {
        "task": "webapp.albums.tasks.take_up_stalled",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "purge-batches": {"task": "webapp.batches.tasks.purge", "schedule": 600.0, "options": {"expires": 600}},
    "purge-albums": {"task": "webapp.albums.tasks.purge", "schedule": 600.0, "options": {"expires": 600}},
    "purge-results": {"task": "webapp.results.tasks.purge", "schedule": 3600.0, "options": {"expires": 3600}},
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "ops:overview"
LOGOUT_REDIRECT_URL = "faq"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "webapp.static_files.CollectedStorage"},
}

DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_BYTES_IN_MEMORY
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    # Only an album is larger than what is kept in memory.
    "webapp.albums.spool.SpoolUploadHandler",
]
# An album has at most 1,000 photos; some more are read, so that the page can say so beside the field.
DATA_UPLOAD_MAX_NUMBER_FILES = 5_000
CSRF_FAILURE_VIEW = "webapp.pages.csrf_failure"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = ENV.https
SECURE_HSTS_SECONDS = 31_536_000 if ENV.https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# By request: see webapp.headers.
SECURE_CROSS_ORIGIN_OPENER_POLICY = None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["webapp.api_parsers.StrictJSONParser"],
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "webapp.problems.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Scoredeck",
    "VERSION": "1",
    "DESCRIPTION": "Which FAQ entries answer a question, and what a photo shows. Errors are RFC 9457 problem details.",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "webapp.images.api.leave_out_addresses",
    ],
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "displayRequestDuration": True, "supportedSubmitMethods": ["post"]},
}

FAQ_URL = str(ENV.faq_url).rstrip("/")
IMAGES_URL = str(ENV.images_url).rstrip("/")
# A second model, to compare the first with; "" where there is none.
IMAGES_OTHER_URL = str(ENV.images_other_url or "").rstrip("/")
SCORING_KEY = ENV.scoring_key.get_secret_value()

PHOTO_CACHE = ENV.photo_cache
# What of the web the site asks for photos: None is nothing at all.
PHOTO_WEB = Policy() if ENV.image_urls else None
KEEP_DAYS = ENV.keep_days
FEEDBACK_DAYS = 180
# What the photos of all albums may take up together.
ALBUM_STORE_BYTES = 4 * 1024**3

CLUSTER = ENV.cluster
KUBECONFIG = ENV.kubeconfig
KUBE_CONTEXT = ENV.kube_context
KUBE_NAMESPACE = ENV.kube_namespace

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "httpx2": {"level": "WARNING"},
        "httpcore2": {"level": "WARNING"},
    },
}
