"""How fast data sets come in and releases go out, beside what PostgreSQL needs: `make bench-data`.

`layout.py` invents a file of votes, `databases.py` makes the archives that it is imported into,
`floors.py` does in plain SQL what is measured, `tasks.py` measures; `reader.py` reads meanwhile.
"""
