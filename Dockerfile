# The application image: gunicorn, no root, static files collected and compressed.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PATH=/opt/venv/bin:$PATH

RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin casus

WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /opt/venv \
 && pip install --no-cache-dir --require-hashes --requirement requirements/base.txt \
 && python -m compileall -q /opt/venv

COPY manage.py pyproject.toml ./
COPY config config
COPY archive archive
COPY fixtures fixtures

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

# Loaded before the workers are forked: they share its memory, and in it the throttle's counts.
CMD ["gunicorn", "config.wsgi:application", "--preload", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--access-logfile", "-", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
