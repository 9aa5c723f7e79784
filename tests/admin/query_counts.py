"""How many queries each page of the desk asks, however many rows it shows.

Data, so that a change shows in a diff; none may be above the limit. Session, user and
permissions take four; in a list, each filter by a reference or year takes one.
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
    "article": 7,
    "citation": 5,
    "event": 10,
    "membership": 7,
    "organization": 5,
    "participation": 6,
    "provision": 6,
    "request": 8,
    "response": 7,
    "rollcall": 8,
    "source": 5,
    "state": 5,
    "vote": 6,
}
