"""Settings, from the environment; README.md lists the variables.

Without ``DATABASE_URL`` the archive runs on an embedded PostgreSQL and for this machine
only: a first look, and the tests. With it, nothing is guessed: a missing or malformed
variable stops the start and says what to set.
"""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

# --- Where it runs -----------------------------------------------------------------------

LOCAL = env.str("DATABASE_URL", default="") == ""

DEBUG = env.bool("DEBUG", default=False)

DATABASES: dict[str, Any]
if LOCAL:
    DATABASES = {"default": {"ENGINE": "config.embedded", "NAME": "casus"}}
    SECRET_KEY = env.str("SECRET_KEY", default="for-this-machine-only-and-therefore-no-secret")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
else:
    DATABASES = {"default": env.db("DATABASE_URL")}
    if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(
            "Casus runs on PostgreSQL only: set DATABASE_URL to postgres://user:password@host/name."
        )
    SECRET_KEY = env.str("SECRET_KEY", default="")
    if len(SECRET_KEY) < 32:
        raise ImproperlyConfigured(
            "Set SECRET_KEY to a secret of 32 characters or more, for example the output of: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
    if not ALLOWED_HOSTS:
        raise ImproperlyConfigured(
            "Set ALLOWED_HOSTS to the names that this site answers to, separated by commas."
        )
# A new connection takes longer than an answer, and forgets what was prepared.
DATABASES["default"].update(
    CONN_MAX_AGE=env.int("CONN_MAX_AGE", default=60), CONN_HEALTH_CHECKS=True
)
# What the API asks again and again is prepared at once, and planned once: to plan takes longer
# than to answer (see archive/cursors.py). Django's own queries are neither. No scan begins where
# that of another session is: of a common word the first places found are ranked, and they must be
# the same on each page.
DATABASES["default"].setdefault("OPTIONS", {}).update(
    prepare_threshold=0, options="-c plan_cache_mode=force_generic_plan -c synchronize_seqscans=off"
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# HTTPS is the rule wherever there is a server of its own; HTTPS_ONLY=false is for a look at
# the production setup on one machine.
HTTPS_ONLY = env.bool("HTTPS_ONLY", default=not LOCAL)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS_ONLY
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
# The container's health check speaks plain HTTP from inside.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]

# How many proxies stand in front: which entry of X-Forwarded-For is the client's address.
NUM_PROXIES = env.int("NUM_PROXIES", default=1 if HTTPS_ONLY else 0)

# --- Applications ------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "corsheaders",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "archive",
    # Django's admin; after the archive, whose templates come first.
    "archive.desk.DeskConfig",
]

MIDDLEWARE = [
    # First, so that it sees every answer: also redirects, errors and static files.
    "config.csp.ContentSecurityPolicy",
    "django.middleware.security.SecurityMiddleware",
    # The manners of the API; all four touch nothing but /api/. What a web page of another site
    # may read includes that it must wait, so CORS comes before the throttle.
    "corsheaders.middleware.CorsMiddleware",
    "archive.api.throttle.ThrottleApi",
    # What is fresh is answered before anything else is asked, compressed already.
    "archive.api.freshness.Freshness",
    "archive.api.compression.CompressApi",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Ties each change in the history to the user who made it.
    "pghistory.middleware.HistoryMiddleware",
]

ROOT_URLCONF = "config.urls"
CSRF_FAILURE_VIEW = "archive.api.errors.csrf_failure"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Who made a change matters where one can be made; to know it for each GET would make every
# answer depend on the cookie.
PGHISTORY_MIDDLEWARE_METHODS = ("POST",)

# --- Fixtures ----------------------------------------------------------------------------

# Our own YAML: literal blocks for texts, no derived columns; see archive/fixtures.py.
SERIALIZATION_MODULES = {"yaml": "archive.fixtures"}

# --- Releases ----------------------------------------------------------------------------

# Where `export_release` writes, and the API serves from.
RELEASES_DIR = env.path("RELEASES_DIR", default=BASE_DIR / "releases")

# --- What fails ----------------------------------------------------------------------------

# Django mails what fails to its administrators; there are none. It goes to where the server writes.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"served": {"()": "django.utils.log.RequireDebugFalse"}},
    "handlers": {
        "errors": {"class": "logging.StreamHandler", "level": "ERROR", "filters": ["served"]}
    },
    "loggers": {"django.request": {"handlers": ["errors"]}},
}

# --- Language, time, static files --------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
# On one machine, static files come straight from the packages: nothing to collect.
STATIC_ROOT = None if LOCAL else BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = LOCAL
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Hashed names need a collectstatic, which only a deployment runs.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A roll of 200 votes is one form, with five fields a row.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
# A capture of 5 MB, the most that is taken in, travels in a field from step to step.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12_000_000

# --- The API -----------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "archive.api.negotiation.StrictNegotiation",
    "DEFAULT_METADATA_CLASS": "archive.api.negotiation.ParameterMetadata",
    "DEFAULT_SCHEMA_CLASS": "archive.api.schema.StrictSchema",
    "EXCEPTION_HANDLER": "archive.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
}

# Each client's allowance a minute, see archive/api/throttle.py; 0 switches the throttle off,
# as on one machine, where nobody should meet it at a first look.
REQUESTS_PER_MINUTE = env.int("REQUESTS_PER_MINUTE", default=0 if LOCAL else 600)
EXPORTS_PER_MINUTE = env.int("EXPORTS_PER_MINUTE", default=30)
if not 0 <= REQUESTS_PER_MINUTE <= 1_000_000 or not 1 <= EXPORTS_PER_MINUTE <= 1_000_000:
    raise ImproperlyConfigured(
        "Set REQUESTS_PER_MINUTE to 0 (no limit) or a number up to 1000000, and "
        "EXPORTS_PER_MINUTE to a number from 1 to 1000000."
    )

# Pages of any other site may read the API, and nothing else: there is nothing to log in to.
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "cache-control", "if-modified-since", "if-none-match"]
CORS_EXPOSE_HEADERS = [
    "Content-Disposition",
    "ETag",
    "Link",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
]

SPECTACULAR_SETTINGS = {
    "TITLE": "Casus",
    "DESCRIPTION": "How allies behave when an alliance must act: who asked whom for help, what "
    "answered, how allies voted; each record with the passages that say so. Read only.",
    "VERSION": "1",
    "EXTERNAL_DOCS": {
        "description": "A first call, what a silence means, dates, evidence, errors and limits.",
        "url": "/guide/",
    },
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    # The pages' assets come from the sidecar package: nothing is fetched from elsewhere,
    # and the schema is not sent to an outside validator.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "archive.api.schema.complete",
        "archive.api.examples.complete",
    ],
    # Without names of ours, vocabularies of fields with one name would be numbered.
    "ENUM_NAME_OVERRIDES": {
        "ActorType": ["state", "organization"],
        "CitationTarget": "archive.models.citation.CITABLE",
        **{
            name: f"archive.choices.{name}"
            for name in (
                "EventKind",
                "HelpSought",
                "ImportLayout",
                "MembershipStanding",
                "OrganizationKind",
                "ParticipationRole",
                "RequestStanding",
                "ResponseKind",
                "Settlement",
                "SilenceBasis",
                "SourceKind",
                "Stance",
                "Status",
                "TextAccess",
                "VoteChoice",
            )
        },
    },
}
