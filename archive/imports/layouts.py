"""What all layouts share: who publishes a data set, and how a line of it is refused."""

import re
from dataclasses import dataclass
from typing import ClassVar

from django.template.defaultfilters import pluralize

from archive.choices import ImportLayout
from archive.imports.files import Rejects, Table
from archive.imports.states import States


@dataclass(frozen=True, slots=True)
class DataSet:
    """Who publishes it, as the archive's `Source`, and of which body it tells."""

    slug: str
    name: str
    homepage: str
    note: str
    short: str
    body: str


class Layout:
    """A file as it is read: its lines, the states it names, what is refused."""

    layout: ClassVar[ImportLayout]
    data_set: ClassVar[DataSet]

    def __init__(self, table: Table, states: States, rejects: Rejects) -> None:
        self.table, self.states, self.rejects = table, states, rejects
        self.rows = 0
        self.companion: dict[str, str] = {}
        self.other_file = ""  # while another file than the first is read
        # A line was rejected of which nobody knows to what it belongs: so nothing is known to be
        # whole.
        self.is_broken = False

    def refuse(self, column: str, value: str, reason: str) -> None:
        self.rejects.add(self.table.first, column, value, reason + self.other_file)

    def reject_shape(self, row: list[str]) -> None:
        if not row:
            note = "empty lines; read without them"
            self.table.notes += [] if note in self.table.notes else [note]
            return
        if [name.strip() for name in row] == self.table.header:
            reason = "a second header: were two files joined? Take it out"
        else:
            number = f"{len(row)} value{pluralize(len(row))}"
            reason = f"{number} in the place of {len(self.table.header)}"
            self.is_broken |= len(row) != len(self.table.header)
        self.refuse("", ",".join(row), reason)

    def finish(self) -> None:
        """What can be judged when all rows are read."""


def whole(text: str) -> str:
    """`3.0` is the number 3; anything else stays as it is."""
    return re.sub(r"^([0-9]+)\.0+$", r"\1", text.strip())
