"""Files of data sets become records: read, compared with what is held, written whole or not.

`files.py` opens a file, `layouts.py` says what all layouts share, `rolls.py` what those of votes do,
`readers.py` knows these, `states.py` whom a code or a name means; `intake.py` frames an import,
`votes.py` takes in roll calls and votes, `mass.py` many at once, `undo.py` takes an import back.
"""
