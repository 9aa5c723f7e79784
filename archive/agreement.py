"""How alike two states vote: agreement scores, and the methods to choose from.

Pure: numbers in, numbers out. All votes of a state stand in a few integers, one bit a roll
call, so that a pair is compared over thousands of roll calls by a handful of operations.

The score is the index of agreement (f + g / 2) / t of Lijphart (1963): f roll calls with the
same vote, g with partial agreement (one abstained), t compared. With votes coded 1 yes,
2 abstain, 3 no, as in Voeten's data of the General Assembly, it is the mean of
1 − |v₁ − v₂| / 2, and 2 × score − 1 is the S of Signorino and Ritter (1999) on these
codes. With ``abstain=disagree`` it is the share of identical votes (“agree3un” in the
data of Strezhnev and Voeten), with ``abstain=exclude`` that of identical votes among yes and
no (their “agree2un”, the State Department's “voting coincidence, votes only”).

Arend Lijphart (1963), “The Analysis of Bloc Voting in the General Assembly: A Critique and a
Proposal”, American Political Science Review 57 (4), 902–917. · Curtis S. Signorino and Jeffrey
M. Ritter (1999), “Tau-b or Not Tau-b: Measuring the Similarity of Foreign Policy Positions”,
International Studies Quarterly 43 (1), 115–144. · Michael A. Bailey, Anton Strezhnev and Erik
Voeten (2017), “Estimating Dynamic State Preferences from United Nations Voting Data”,
Journal of Conflict Resolution 61 (2), 430–456.
"""

from typing import NamedTuple, Self

from django.db.models import TextChoices


class Absent(TextChoices):
    EXCLUDE = "exclude", "A roll call in which either was absent is not compared"
    DISAGREE = (
        "disagree",
        "A roll call in which one was absent counts as disagreement; with both absent, "
        "nothing is compared",
    )


class Abstain(TextChoices):
    HALF = "half", "An abstention agrees by half with yes and with no, and wholly with another"
    DISAGREE = "disagree", "An abstention disagrees with yes and with no, and agrees with another"
    EXCLUDE = "exclude", "A roll call in which either abstained is not compared"


class Unanimous(TextChoices):
    KEEP = "keep", "Unanimous roll calls are compared like the others"
    DROP = (
        "drop",
        "Roll calls known to be unanimous, where all states that voted cast the same vote, "
        "are not compared",
    )


class Intended(TextChoices):
    IGNORE = "ignore", "Votes are taken as cast"
    USE = "use", "A vote that a state later said it had meant takes the place of the vote cast"


class Method(NamedTuple):
    """How votes are compared; the defaults are those of Lijphart's index."""

    absent: str = Absent.EXCLUDE
    abstain: str = Abstain.HALF
    unanimous: str = Unanimous.KEEP
    intended: str = Intended.IGNORE


class Votes(NamedTuple):
    """The votes of one state: for each choice the roll calls with it, one bit each."""

    yes: int = 0
    no: int = 0
    abstain: int = 0
    absent: int = 0

    @property
    def coded(self) -> int:
        return self.yes | self.no | self.abstain | self.absent

    def among(self, roll_calls: int) -> Self:
        return type(self)(*(choice & roll_calls for choice in self))

    def replaced_by(self, other: Self) -> Self:
        """These votes; where `other` has one, that one."""
        kept = ~other.coded
        return type(self)(*(mine & kept | its for mine, its in zip(self, other, strict=True)))


class Tally(NamedTuple):
    """Numbers of roll calls: those compared, then those excluded by the first reason that fits."""

    agree: int
    half: int
    disagree: int
    not_coded: int
    unanimous: int
    absent: int
    abstain: int

    @property
    def compared(self) -> int:
        return self.agree + self.half + self.disagree

    @property
    def score(self) -> float | None:
        """From 0, never the same vote, to 1, always; None where nothing was compared."""
        return (self.agree + self.half / 2) / self.compared if self.compared else None


def tally(a: Votes, b: Votes, roll_calls: int, unanimous: int, method: Method) -> Tally:
    """Compares two states over `roll_calls`, of which some are known to be `unanimous`."""
    left = a.coded & b.coded & roll_calls
    not_coded = roll_calls.bit_count() - left.bit_count()

    dropped = left & unanimous if method.unanimous == Unanimous.DROP else 0
    left ^= dropped
    either = method.absent == Absent.EXCLUDE
    absent = left & (a.absent | b.absent if either else a.absent & b.absent)
    left ^= absent
    abstain = left & (a.abstain | b.abstain) if method.abstain == Abstain.EXCLUDE else 0
    left ^= abstain

    agree = left & (a.yes & b.yes | a.no & b.no | a.abstain & b.abstain)
    half = 0
    if method.abstain == Abstain.HALF:
        half = left & (a.abstain ^ b.abstain) & ~(a.absent | b.absent)
    disagree = left ^ agree ^ half
    return Tally(
        agree.bit_count(),
        half.bit_count(),
        disagree.bit_count(),
        not_coded,
        dropped.bit_count(),
        absent.bit_count(),
        abstain.bit_count(),
    )
