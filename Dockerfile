# The application image: granian, no root, static files collected and compressed.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH=/opt/venv/bin:$PATH

# A new volume for releases takes over who may write there.
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin casus \
 && install --directory --owner=casus /releases

WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /opt/venv \
 && pip install --no-cache-dir --require-hashes --requirement requirements/base.txt \
 && python -m compileall -q /opt/venv

COPY manage.py pyproject.toml ./
COPY config config
COPY archive archive
COPY fixtures fixtures
COPY docs/codebook.md docs/codebook.md

# Collecting needs settings that are complete, not a database: these values go nowhere else.
RUN DATABASE_URL=postgres://build@localhost/build \
    SECRET_KEY=only-while-the-image-is-built-and-never-served \
    ALLOWED_HOSTS=localhost \
    python manage.py collectstatic --noinput --verbosity 0 \
 && python -m compileall -q archive config

USER casus
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': 'localhost'}), timeout=4)"]

# An export keeps a thread for as long as it is read, and the others go on. When the container is
# stopped, what is being answered has eight seconds of Docker's ten.
CMD ["granian", "config.wsgi:application", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--blocking-threads-idle-timeout", "600", "--workers-kill-timeout", "8", "--respawn-failed-workers", "--access-log"]
