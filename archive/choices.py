"""The vocabularies: every value that a coded column may hold, each with its meaning.

The values are stored and published, so they are part of the contract: a new one needs
a migration and a reason. A database check holds each column to its vocabulary, because
``choices=`` alone does not (see ``archive.models.constraints.valid_choice``).
"""

from collections.abc import Collection
from functools import cache

from django.db.models import TextChoices


@cache
def in_words(vocabulary: type[TextChoices], value: str) -> str:
    """The label of a value, within a sentence; Django's own finds it anew for each row."""
    return str(dict(vocabulary.choices).get(value, value)).lower()


class Status(TextChoices):
    """Where a record stands on its way to the public."""

    DRAFT = "draft", "Draft"  # being written; only the desk sees it
    IN_REVIEW = "in_review", "In review"  # submitted; waits for a reviewer
    PUBLISHED = "published", "Published"  # proven and public
    WITHDRAWN = "withdrawn", "Withdrawn"  # taken back, with a reason; kept for the record


class SourceKind(TextChoices):
    NEWS = "news", "News outlet"  # newspapers, agencies, magazines, sites of comment
    THINK_TANK = "think_tank", "Think tank"  # institutes that publish analysis
    GOVERNMENT = "government", "Government"  # a state's own publications
    IGO = "igo", "Intergovernmental organization"  # for example the United Nations
    DATASET = "dataset", "Data set"  # coded data published as such


class TextAccess(TextChoices):
    OPEN = "open", "Open"  # the public API gives the whole text
    RESTRICTED = "restricted", "Restricted"  # the public API gives only the cited passages


class OrganizationKind(TextChoices):
    ALLIANCE = "alliance", "Alliance"  # members owe each other help
    ASSEMBLY = "assembly", "Assembly"  # members vote
    UNION = "union", "Union"  # political or economic union
    ARMED_GROUP = "armed_group", "Armed group"  # fights, but is no state
    COUNTRY_GROUP = "country_group", "Country group"  # a set of countries named as one


class MembershipStanding(TextChoices):
    FULL = "full", "Full member"  # all rights and duties
    OBSERVER = "observer", "Observer"  # attends without a vote
    SIGNATORY = "signatory", "Signatory"  # signed; not yet, or never, in force for it
    SUSPENDED = "suspended", "Suspended"  # rights taken away by the organization
    FROZEN = "frozen", "Frozen"  # participation stopped by the state itself


class EventKind(TextChoices):
    ARMED_ATTACK = "armed_attack", "Armed attack"  # force across a border, by a state or group
    BORDER_CLASH = "border_clash", "Border clash"  # fighting of two states on their border
    INCURSION = "incursion", "Incursion"  # armed entry without a pitched attack
    WAR = "war", "War"  # sustained fighting; an invasion
    UNREST = "unrest", "Unrest"  # riots, ethnic violence, mass protest that turned violent
    SUMMIT = "summit", "Summit"  # heads of state or government meet
    MEETING = "meeting", "Meeting"  # any other session: ministers, a parliament, a staff
    EXERCISE = "exercise", "Military exercise"  # held or called off
    STATEMENT = "statement", "Statement"  # words: declared, demanded, denied, accused
    MEASURE = "measure", "Measure"  # an act of government: a ban, a parade cancelled
    AID = "aid", "Aid"  # humanitarian or other support given
    RECOGNITION = "recognition", "Recognition"  # given or declined
    PROPOSAL = "proposal", "Proposal"  # a change put forward
    TREATY_ACT = "treaty_act", "Treaty act"  # signed, acceded, left, founded, not signed
    PROTEST = "protest", "Protest"  # a peaceful demonstration
    ARMS_TRADE = "arms_trade", "Arms trade"  # weapons sold or bought
    OTHER = "other", "Other"  # none of these


class ParticipationRole(TextChoices):
    TARGET = "target", "Target"  # was attacked, or is the one in trouble
    ATTACKER = "attacker", "Attacker"  # used force
    PARTY = "party", "Party"  # took part, without a side's role
    HOST = "host", "Host"  # the event took place there, or was convened by it
    ACTOR = "actor", "Actor"  # did it: the state behind a measure, aid or act
    SPEAKER = "speaker", "Speaker"  # made the statement
    DECLINER = "decliner", "Decliner"  # pointedly did not do it
    ADDRESSEE = "addressee", "Addressee"  # was spoken to, or received it
    OTHER = "other", "Other"  # none of these


class RequestStanding(TextChoices):
    MADE = "made", "Made"  # a source says that help was asked for
    NOT_MADE = "not_made", "Not made"  # a source says that help was not asked for
    UNREPORTED = "unreported", "Unreported"  # a source tells of an answer, none of a call


class HelpSought(TextChoices):
    MILITARY_ASSISTANCE = "military_assistance", "Military assistance"  # troops or arms
    PEACEKEEPERS = "peacekeepers", "Peacekeepers"  # a contingent to keep order
    MEDIATION = "mediation", "Mediation"  # good offices between parties
    CONSULTATION = "consultation", "Consultation"  # a treaty's procedure, a meeting
    POLITICAL_SUPPORT = "political_support", "Political support"  # words, votes, recognition
    UNSPECIFIED = "unspecified", "Unspecified"  # the sources say only “help”


class ResponseKind(TextChoices):
    DEPLOYMENT = "deployment", "Deployment"  # troops sent
    MATERIEL = "materiel", "Materiel"  # weapons or equipment sent
    MISSION = "mission", "Mission"  # observers, investigators, envoys sent
    MEDIATION = "mediation", "Mediation"  # brought the parties together
    CONTACT = "contact", "Contact"  # calls, condolences
    STATEMENT = "statement", "Statement"  # words only, for the public
    REFUSAL = "refusal", "Refusal"  # said no
    SILENCE = "silence", "Silence"  # did and said nothing; needs a basis
    OTHER = "other", "Other"  # none of these


class Behaviour(TextChoices):
    """What an actor did about a request, all its responses taken together. Never stored."""

    ANSWERED = "answered", "Answered"  # did or said something for the requester
    REFUSED = "refused", "Refused"  # said no, and did nothing
    SILENT = "silent", "Silent"  # did and said nothing, and a source or a search tells so
    NOT_CODED = "not_coded", "Not coded"  # no response of it is coded: nothing is known


# How several responses of one actor are read together: the first line that fits decides.
# An act outweighs a refusal, a refusal outweighs words, and words outweigh silence.
BEHAVIOUR_BY_KIND: tuple[tuple[Behaviour, tuple[ResponseKind, ...]], ...] = (
    (
        Behaviour.ANSWERED,
        (
            ResponseKind.DEPLOYMENT,
            ResponseKind.MATERIEL,
            ResponseKind.MISSION,
            ResponseKind.MEDIATION,
            ResponseKind.OTHER,
        ),
    ),
    (Behaviour.REFUSED, (ResponseKind.REFUSAL,)),
    (Behaviour.ANSWERED, (ResponseKind.CONTACT, ResponseKind.STATEMENT)),
    (Behaviour.SILENT, (ResponseKind.SILENCE,)),
)


def behaviour_of(kinds: Collection[str]) -> Behaviour:
    """What responses of these kinds, all of one actor to one request, amount to."""
    for behaviour, deciding in BEHAVIOUR_BY_KIND:
        if not set(deciding).isdisjoint(kinds):
            return behaviour
    return Behaviour.NOT_CODED


class SilenceBasis(TextChoices):
    """How we know that there was no answer."""

    REPORTED = "reported", "Reported"  # a source says so
    OFFICIAL_RECORD = "official_record", "Official record"  # the body's own record shows none
    DOCUMENTED_SEARCH = "documented_search", "Documented search"  # looked for and not found


class VoteChoice(TextChoices):
    YES = "yes", "Yes"  # in favour
    NO = "no", "No"  # against
    ABSTAIN = "abstain", "Abstain"  # present, and cast an abstention
    ABSENT = "absent", "Absent"  # a member that did not vote


class Stance(TextChoices):
    SUPPORTS = "supports", "Supports"  # says so
    DISPUTES = "disputes", "Disputes"  # both cannot be so
    QUALIFIES = "qualifies", "Qualifies"  # narrows it, adds to it, puts it otherwise


class ProposalState(TextChoices):
    """Where a proposed change of something public stands."""

    OPEN = "open", "Open"  # waits for a reviewer
    APPLIED = "applied", "Applied"  # a reviewer made the change, as proposed or altered
    RETURNED = "returned", "Returned"  # a reviewer did not, and says why
    WITHDRAWN = "withdrawn", "Taken back"  # by whoever proposed it


class AddedPart(TextChoices):
    """What a proposal would add to a record that is public, by the part's model name."""

    PARTICIPATION = "participation", "Participation"  # to an event
    VOTE = "vote", "Vote"  # to a roll call


class NoteKind(TextChoices):
    RETURNED = "returned", "Returned"  # a reviewer gave the record back; the text says why
    CONFIRMED = "confirmed", "Confirmed"  # somebody read a passage again: it still holds


class ImportLayout(TextChoices):
    """How the file of a data set is laid out: its columns, and what its codes mean."""

    UNDL_GENERAL_ASSEMBLY = (  # one row a vote, absences included
        "undl_general_assembly",
        "UN Digital Library, General Assembly",
    )
    UNDL_SECURITY_COUNCIL = (  # the same of the Council
        "undl_security_council",
        "UN Digital Library, Security Council",
    )
    UNVOTES = "unvotes", "unvotes (Voeten)"  # General Assembly; absences are left out
    COW_ALLIANCES = "cow_alliances", "Correlates of War, formal alliances"  # one row a membership
    ATOP_MEMBERS = "atop_members", "ATOP, member level"  # one row a membership


class Settlement(TextChoices):
    """Which of two values that differ stands, as a reviewer decided."""

    HELD = "held", "What the archive holds"  # the data set errs, or means something else
    IMPORTED = "imported", "What the import says"  # the record was changed accordingly
