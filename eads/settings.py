"""The hub's settings: one file, read from the environment (docs: deploy/runbook.md).

Without any variable the hub runs embedded: SQLite in ``EADS_DATA_DIR``, everything in one
process, no other server. ``EADS_DATABASE_URL`` turns it into one of many processes.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from eads import env
from eads_wire.limits import ENVELOPE_BYTES

BASE_DIR = Path(__file__).resolve().parent.parent

# ---------------------------------------------------------------- who this hub is

EADS_ORIGIN = env.text("EADS_ORIGIN", "localhost")
if not re.fullmatch(
    r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*", EADS_ORIGIN
):
    raise env.SettingError(
        "EADS_ORIGIN", f"must be a host name in lower case, without https://, not {EADS_ORIGIN!r}"
    )
EADS_DATA_DIR = env.path("EADS_DATA_DIR", Path("data")) or Path("data")

# ---------------------------------------------------------------- database

_database = env.database("EADS_DATABASE_URL", f"sqlite:///{quote(str(EADS_DATA_DIR))}/hub.sqlite3")
EADS_EMBEDDED = _database["ENGINE"].endswith("sqlite3")


def _embedded(database: dict[str, Any]) -> dict[str, Any]:
    return database | {
        # The lock is taken when a transaction begins: a reader that turns writer half way is
        # refused at once by SQLite, however long it is told to wait.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
        "CONN_MAX_AGE": None,
        # Threads share a file; they cannot share an in-memory database without lock errors.
        "TEST": {"NAME": str(EADS_DATA_DIR / "test.sqlite3")},
    }


def _production(database: dict[str, Any]) -> dict[str, Any]:
    pool = env.integer("EADS_DATABASE_POOL", 0, minimum=0, maximum=1000)
    keep = env.duration("EADS_DATABASE_KEEP", timedelta(minutes=10))
    options = {"connect_timeout": "5", "application_name": "eads"} | database["OPTIONS"]
    if pool:
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 5}
    return database | {
        "PASSWORD": env.secret("EADS_DATABASE_PASSWORD", database["PASSWORD"]),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0 if pool else int(keep.total_seconds()),
        "CONN_HEALTH_CHECKS": True,
    }


if EADS_EMBEDDED:
    EADS_DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
DATABASES = {"default": _embedded(_database) if EADS_EMBEDDED else _production(_database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---------------------------------------------------------------- secrets

_secret_key = env.secret("EADS_SECRET_KEY")
if _secret_key is None and EADS_EMBEDDED:
    _secret_key = env.kept_secret(EADS_DATA_DIR / "secret.key")
if _secret_key is None:
    raise env.SettingError(
        "EADS_SECRET_KEY", "must be set (or EADS_SECRET_KEY_FILE) when PostgreSQL is used"
    )
SECRET_KEY = _secret_key
# The old key keeps bearer tokens and sessions valid while a new one is brought in.
_old_secret_key = env.secret("EADS_SECRET_KEY_OLD")
SECRET_KEY_FALLBACKS = [_old_secret_key] if _old_secret_key else []

# The log's signing key: only the sequencer's process is given this path.
EADS_LOG_KEY_FILE = env.path(
    "EADS_LOG_KEY_FILE", EADS_DATA_DIR / "log.key" if EADS_EMBEDDED else None
)

# Bearer tokens: whether an assertion must carry the ML-DSA half besides Ed25519.
EADS_TOKEN_PQ = env.text("EADS_TOKEN_PQ", "required", choices=("required", "optional"))

# How long a POST waits for its place in the log before it is answered 202.
EADS_LOG_WAIT_SECONDS = env.duration("EADS_LOG_WAIT", timedelta(seconds=2)).total_seconds()

# ---------------------------------------------------------------- blobs

EADS_BLOB_STORAGE = env.text("EADS_BLOB_STORAGE", "disk", choices=("disk", "s3"))
EADS_BLOB_DIR = env.path("EADS_BLOB_DIR", EADS_DATA_DIR / "blobs") or EADS_DATA_DIR / "blobs"


def _blobs() -> dict[str, Any]:
    if EADS_BLOB_STORAGE == "disk":
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": str(EADS_BLOB_DIR),
                "base_url": None,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.text("EADS_S3_BUCKET"),
            "endpoint_url": env.text("EADS_S3_ENDPOINT", "") or None,
            "region_name": env.text("EADS_S3_REGION", "") or None,
            "access_key": env.secret("EADS_S3_ACCESS_KEY"),
            "secret_key": env.secret("EADS_S3_SECRET_KEY"),
            "default_acl": "private",
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "blobs": _blobs(),
}

# ---------------------------------------------------------------- telling recipients

EADS_WEBHOOK_ALLOW_PRIVATE = env.flag("EADS_WEBHOOK_ALLOW_PRIVATE", False)
EADS_WEBHOOK_ALLOW_HTTP = env.flag("EADS_WEBHOOK_ALLOW_HTTP", False)

EMAIL_HOST = env.text("EADS_EMAIL_HOST", "")
EMAIL_PORT = env.integer("EADS_EMAIL_PORT", 587, minimum=1, maximum=65535)
EMAIL_HOST_USER = env.text("EADS_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.secret("EADS_EMAIL_PASSWORD", "")
_email_tls = env.text("EADS_EMAIL_TLS", "starttls", choices=("starttls", "tls", "none"))
EMAIL_USE_TLS = _email_tls == "starttls"
EMAIL_USE_SSL = _email_tls == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EADS_EMAIL_FROM", f"e-ADS <noreply@{EADS_ORIGIN.split(':')[0]}>")
# Without a mail host nothing is sent, and subscriptions by e-mail are refused.
EADS_EMAIL_ENABLED = bool(EMAIL_HOST)
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EADS_EMAIL_ENABLED
    else "django.core.mail.backends.dummy.EmailBackend"
)

# ---------------------------------------------------------------- Celery: doorbells, not truth

_redis_url = env.secret("EADS_REDIS_URL")
CELERY_BROKER_URL = _redis_url or "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"socket_connect_timeout": 2, "socket_timeout": 5, "visibility_timeout": 600}
    if _redis_url
    # The default interval of a second would cost each task three quarters of one.
    else {"polling_interval": 0.02}
)
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_EAGER_RESULT = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# A broker that is away must not hold up a POST: the sweep finds the row within seconds.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# Intervals of seconds need no memory over a restart, so the schedule is no file.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "notices.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
}

CACHES: dict[str, Any] = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _redis_url}
        if _redis_url
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

# ---------------------------------------------------------------- the application

INSTALLED_APPS = [
    "eads",
    "transparency",
    "agencies",
    "notices",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "eads.request_count.CountRequests",
    "django.middleware.security.SecurityMiddleware",
    "eads.middleware.AdminOnly",
    # Insists on a place in this list; it costs a request nothing outside its own pages.
    "allauth.account.middleware.AccountMiddleware",
]
EADS_ADMIN_PREFIXES = ("/admin/", "/accounts/", "/static/")
EADS_ADMIN_MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
SILENCED_SYSTEM_CHECKS = [
    # These look for the admin's middleware in MIDDLEWARE; it is in EADS_ADMIN_MIDDLEWARE.
    "admin.E408",
    "admin.E409",
    "admin.E410",
    "security.W002",
    "security.W003",
    # Redirects to HTTPS are the proxy's work, and the API answers no plain HTTP there.
    "security.W008",
    # Whether other names under this domain speak HTTPS is not this hub's to say.
    "security.W005",
    "security.W021",
]
ROOT_URLCONF = "eads.urls"
WSGI_APPLICATION = "eads.wsgi.application"
ASGI_APPLICATION = "eads.asgi.application"
APPEND_SLASH = False
DEBUG = False  # has no switch: its error pages show settings and variables
DATA_UPLOAD_MAX_MEMORY_SIZE = ENVELOPE_BYTES

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["agencies.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["agencies.capabilities.HasCapability"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "eads.operation.Operation",
    "EXCEPTION_HANDLER": "eads.problems.handler",
    # OPTIONS is no part of the API, and there is one form of answer.
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "e-ADS hub",
    "DESCRIPTION": "Sealed police notices: posted, logged, polled. The hub reads none of them.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "LICENSE": {"name": "AGPL-3.0-or-later"},
    "POSTPROCESSING_HOOKS": [
        "eads.schema.describe_problems",
        "eads.schema.add_examples",
    ],
}

# ---------------------------------------------------------------- the Secretariat's pages

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/admin/"
ACCOUNT_ADAPTER = "eads.accounts.OperatorAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = EADS_EMBEDDED
MFA_TOTP_ISSUER = f"e-ADS {EADS_ORIGIN}"

# ---------------------------------------------------------------- hardening

EADS_HTTPS = env.flag("EADS_HTTPS", not EADS_EMBEDDED)
EADS_BEHIND_PROXY = env.flag("EADS_BEHIND_PROXY", False)
_host = re.split(r"[:/]", EADS_ORIGIN)[0]
ALLOWED_HOSTS = [
    _host,
    *env.items("EADS_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]") if EADS_EMBEDDED else ()),
]
# Only a proxy that overwrites these headers may be believed about them.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if EADS_BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = int(EADS_BEHIND_PROXY)
SECURE_HSTS_SECONDS = 31_536_000 if EADS_HTTPS else 0
SECURE_REFERRER_POLICY = "no-referrer"
SESSION_COOKIE_SECURE = EADS_HTTPS
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SECURE = EADS_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
X_FRAME_OPTIONS = "DENY"

# ---------------------------------------------------------------- monitoring

# Networks besides loopback whose hosts may read /metrics: 10.0.0.0/8,fd00::/8
EADS_METRICS_ALLOW = env.networks("EADS_METRICS_ALLOW")

# ---------------------------------------------------------------- log lines, to standard error

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "eads.journal.OneLine",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["stderr"],
        "level": env.text(
            "EADS_LOG_LEVEL", "INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
        ),
    },
    "loggers": {
        # Django's own handlers would write a second copy and mail a third.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # A client's 4xx is the client's business; the proxy's access log has it.
        "django.request": {"level": "ERROR"},
        # A stranger's Host header is answered 400; a traceback for each would fill the disk.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # httpx logs every address it calls: a subscriber's webhook may carry a token there.
        "httpx": {"level": "WARNING"},
        # It warns that the memory broker has no host name.
        "kombu.connection": {"level": "ERROR"},
    },
}
