from archive.models.article import Article
from archive.models.base import Publishable, Record
from archive.models.citation import Citation
from archive.models.discrepancy import Discrepancy
from archive.models.event import Event
from archive.models.imports import Import, ImportedRow
from archive.models.membership import Membership
from archive.models.organization import Organization
from archive.models.participation import Participation
from archive.models.proposal import Proposal
from archive.models.provision import Provision
from archive.models.release import FirstRelease, Release
from archive.models.request import Request
from archive.models.response import Response
from archive.models.reviewnote import ReviewNote
from archive.models.revision import Revision
from archive.models.rollcall import RollCall
from archive.models.searchentry import SearchEntry
from archive.models.source import Source
from archive.models.state import State
from archive.models.vote import Vote

__all__ = [
    "Article",
    "Citation",
    "Discrepancy",
    "Event",
    "FirstRelease",
    "Import",
    "ImportedRow",
    "Membership",
    "Organization",
    "Participation",
    "Proposal",
    "Provision",
    "Publishable",
    "Record",
    "Release",
    "Request",
    "Response",
    "ReviewNote",
    "Revision",
    "RollCall",
    "SearchEntry",
    "Source",
    "State",
    "Vote",
]
