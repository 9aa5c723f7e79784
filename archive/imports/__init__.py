"""Files of data sets become records: read, compared with what is held, written whole or not.

`files.py` opens a file, `layouts.py` says what all layouts share, `intake.py` frames an import.
Votes: `rolls.py` reads them, `readers.py` knows their layouts, `states.py` whom a code or a name
means, `votes.py` takes them in, `mass.py` many at once. Memberships: `members.py`, `cow.py` (whom a
number means), `spells.py` (what follows, agrees, differs), `memberships.py`. `undo.py` takes an
import back.
"""
