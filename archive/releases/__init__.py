"""Releases: what the public sees, as files that anyone can cite, check and rebuild.

`tables.py` says which tables there are; `schema.py` describes them as a Data Package; `records.py`
writes the fixtures of what is public, `annotations.py` the passages for the web, `codebook.py`
and `papers.py` what is to be read; `package.py` puts folder and zip together, `making.py` makes a
release of the archive. `opening.py` unpacks one and compares its sums, `reading.py` and
`loading.py` make an archive of it, `check.py` does so elsewhere and compares. The reasoning stands
in docs/adr/0015-releases.md.

Nothing here depends on the clock, the host, the time zone, the locale or the order of sets: the
same content gives the same bytes.
"""
