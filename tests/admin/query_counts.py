"""How many queries each page of the desk asks, however many rows it shows.

Data, so that a change shows in a diff; none may be above the limit. Session, user and
permissions take four; in a list, each filter by a reference or year takes one; on a form, the
token of what it shows, and of what imports bring, the lines and where one says otherwise.
"""

LIMIT = 15

CHANGELIST = {
    "article": 8,
    "citation": 8,
    "event": 9,
    "membership": 9,
    "organization": 6,
    "participation": 10,
    "provision": 7,
    "request": 10,
    "response": 10,
    "rollcall": 8,
    "source": 7,
    "state": 7,
    "vote": 9,
}

CHANGE = {
    "article": 9,
    "citation": 7,
    "event": 12,
    "membership": 11,
    "organization": 6,
    "participation": 8,
    "provision": 7,
    "request": 10,
    "response": 9,
    "rollcall": 12,
    "source": 6,
    "state": 6,
    "vote": 10,
}

# The pages of review and problems, whose rows are of eight kinds and more. The findings are kept
# until something changes; then the audit's rules cost what stands beside it.
REVIEW = {"queue": 18, "record": 22, "proposal": 16, "problems": 13, "audit": 35}

# The front page: work in ten, pictures in five; findings and coverage are kept, and cost one.
FRONT = 21
