"""Files of data sets become records: read, compared with what is held, written whole or not.

`files.py` opens a file, `readers.py` knows the layouts, `states.py` whom a code or a name means;
`votes.py` takes in roll calls and votes, `undo.py` takes an import back.
"""
