"""A private PostgreSQL server, and the Django backend that starts it: `ENGINE = "config.embedded"`.

`server.py` finds the binaries and starts or joins the server; it knows nothing of Django.
`base.py` is the backend. `docs/adr/0001-postgresql-only-and-embedded.md` says why they are here.
"""
