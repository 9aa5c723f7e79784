"""Files of data sets become records: read, compared with what is held, written whole or not.

`files.py` opens a file, `layouts.py` says what all layouts share, `readers.py` knows those of
votes, `states.py` whom a code or a name means; `intake.py` frames an import, `votes.py` takes in
roll calls and votes, `undo.py` takes an import back.
"""
