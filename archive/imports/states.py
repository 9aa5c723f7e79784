"""Which state a data set means: by code, by the name of the day, and by the day."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, NamedTuple

from archive.models import State

# ISO 3166-1: alpha-2 and alpha-3, side by side.
PAIRS = """
    ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA
    AZAZE BABIH BBBRB BDBGD BEBEL BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES
    BRBRA BSBHS BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN CCCCK CDCOD CFCAF CGCOG CHCHE CICIV CKCOK
    CLCHL CMCMR CNCHN COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE DEDEU DJDJI DKDNK DMDMA
    DODOM DZDZA ECECU EEEST EGEGY EHESH ERERI ESESP ETETH FIFIN FJFJI FKFLK FMFSM FOFRO FRFRA
    GAGAB GBGBR GDGRD GEGEO GFGUF GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS
    GTGTM GUGUM GWGNB GYGUY HKHKG HMHMD HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD
    IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA
    KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO LBLBN LCLCA LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA
    LYLBY MAMAR MCMCO MDMDA MEMNE MFMAF MGMDG MHMHL MKMKD MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ
    MRMRT MSMSR MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM NCNCL NENER NFNFK NGNGA NINIC
    NLNLD NONOR NPNPL NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG PHPHL PKPAK PLPOL PMSPM
    PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB RURUS RWRWA SASAU SBSLB SCSYC
    SDSDN SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD STSTP SVSLV
    SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON TRTUR
    TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR
    VNVNM VUVUT WFWLF WSWSM YEYEM YTMYT ZAZAF ZMZMB ZWZWE
"""
ISO = {pair[:2]: pair[2:] for pair in PAIRS.split()}
ALPHA2 = {alpha3: alpha2 for alpha2, alpha3 in ISO.items()}
# Codes that were withdrawn (ISO 3166-3), as data sets still write them.
WITHDRAWN = {
    "SU": "SUN",
    "CS": "CSK",
    "YU": "YUG",
    "DD": "DDR",
    "YD": "YMD",
    "ZR": "COD",
    "BU": "MMR",
    "TP": "TLS",
    "HV": "BFA",
    "DY": "BEN",
    "RH": "ZWE",
    "VD": "VDR",
    "UK": "GBR",
    "ROM": "ROU",
    "ZAR": "COD",
    "BUR": "MMR",
    "TMP": "TLS",
    "HVO": "BFA",
    "DHY": "BEN",
    "RHO": "ZWE",
}

# Names of the day that no code tells apart, or that have none; folded by `fold`.
NAMES = {
    "union of soviet socialist republics": "SUN",
    "ussr": "SUN",
    "soviet union": "SUN",
    "czechoslovakia": "CSK",
    "yugoslavia": "YUG",
    "serbia and montenegro": "SCG",
    "german democratic republic": "DDR",
    "federal republic of germany": "DEU",
    "germany federal republic of": "DEU",
    "yemen arab republic": "YEM",
    "yemen people s republic": "YMD",
    "democratic yemen": "YMD",
    "zanzibar": "EAZ",
    "tanganyika": "TZA",
    "byelorussian ssr": "BLR",
    "byelorussian soviet socialist republic": "BLR",
    "ukrainian ssr": "UKR",
    "ukrainian soviet socialist republic": "UKR",
    "burma": "MMR",
    "zaire": "COD",
    "upper volta": "BFA",
    "dahomey": "BEN",
    "ceylon": "LKA",
    "siam": "THA",
    "swaziland": "SWZ",
    "united arab republic": "EGY",
    "khmer republic": "KHM",
    "democratic kampuchea": "KHM",
    "federation of malaya": "MYS",
    "cape verde": "CPV",
    "ivory coast": "CIV",
    "southern rhodesia": "ZWE",
    "viet nam": "VNM",
    "maldive islands": "MDV",
    "libyan arab jamahiriya": "LBY",
    "congo leopoldville": "COD",
    "congo kinshasa": "COD",
    "congo brazzaville": "COG",
    "philippine republic": "PHL",
    "former yugoslav republic of macedonia": "MKD",
    "surinam": "SUR",
    "union of south africa": "ZAF",
}

# How a former state is called where one has to be made.
FORMER = {
    "SUN": "Soviet Union",
    "CSK": "Czechoslovakia",
    "YUG": "Yugoslavia",
    "SCG": "Serbia and Montenegro",
    "DDR": "German Democratic Republic",
    "YMD": "Democratic Yemen",
    "EAZ": "Zanzibar",
    "SRB": "Serbia",
    "TWN": "Taiwan",
}

# Data sets that code by today's states, or by yesterday's: who held the seat from which day on.
SEATS: dict[str, tuple[tuple[str, str], ...]] = {
    "CHN": (("", "TWN"), ("1971-10-25", "CHN")),
    "RUS": (("", "SUN"), ("1991-12-24", "RUS")),
    "YUG": (("", "YUG"), ("2003-02-04", "SCG"), ("2006-06-03", "SRB")),
}
TURNS = sorted({day for seat in SEATS.values() for day, _ in seat if day})


def era(day: str) -> int:
    """Days of one era mean the same states: between two turns of `SEATS`."""
    return sum(day >= turn for turn in TURNS)


def fold(name: str) -> str:
    """A name without capitals, accents, punctuation and articles."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return " ".join(word for word in words if word != "the")


class Voter(NamedTuple):
    """A state in an import: its place among those met, and that place as a bit."""

    ordinal: int
    bit: int


class States:
    """The states of the archive, as data sets name them; those met get an ordinal each."""

    def __init__(self, *, make: bool) -> None:
        self.make = make
        self.ids: dict[str, int] = {}
        names: dict[str, set[str]] = {}
        self.by_iso2: dict[str, str] = {}
        for key, code, name, official, iso2, aliases in State.objects.order_by("code").values_list(
            "pk", "code", "name", "official_name", "iso2", "aliases"
        ):
            self.ids[code] = key
            if iso2:
                self.by_iso2[iso2] = code
            for one in (name, official, *aliases):
                names.setdefault(fold(one), set()).add(code)
        self.by_name = {name: min(codes) for name, codes in names.items() if len(codes) == 1}
        self.met: dict[str, Voter] = {}
        self.made: dict[str, str] = {}  # code → name, of those that the archive lacks
        self.named: dict[str, str] = {}  # since when they are called so
        self.lacking: set[str] = set()  # those that may not be made
        # Those made have keys from here on, if they must be known before.
        self.first_key: int | None = None

    def find(self, code: str, name: str, day: str) -> Voter | None:
        """The state that `code` and `name` mean on `day`; None if the archive holds none."""
        found = self._alpha3(code.strip().upper(), fold(name))
        if found is None:
            return None
        for since, holder in SEATS.get(found, ()):
            if day >= since:
                found = holder
        if found not in self.ids:
            if not self.make:
                self.lacking.add(found)
                return None
            # By the last of its names: Burma is Myanmar.
            if day >= self.named.get(found, ""):
                self.named[found] = day
                self.made[found] = FORMER.get(found) or _written(name) or found
        if found not in self.met:
            ordinal = len(self.met)
            self.met[found] = Voter(ordinal, 1 << ordinal)
        return self.met[found]

    def _alpha3(self, code: str, name: str) -> str | None:
        if name in NAMES:
            return NAMES[name]
        if code in self.ids:
            return code
        code = WITHDRAWN.get(code, code)
        code = ISO.get(code) or self.by_iso2.get(code) or code
        if re.fullmatch("[A-Z]{3}", code):
            return code
        return self.by_name.get(name)

    def create(self) -> None:
        """Makes those that the archive lacks."""
        for code, name in sorted(self.made.items()):
            key, iso2 = self._reserved(code), ALPHA2.get(code, "")
            state = State.objects.create(
                pk=key, code=code, name=name, iso2=iso2, **self._other_codes(code)
            )
            self.ids[code] = state.pk

    def _other_codes(self, code: str) -> dict[str, Any]:
        """What else is known of a state that is made."""
        return {}

    def _reserved(self, code: str) -> int | None:
        return None if self.first_key is None else self.first_key + [*self.made].index(code)

    def key(self, ordinal: int) -> int | None:
        """The key of a state that was met; None where it is yet to be made."""
        code = [*self.met][ordinal]
        return self.ids.get(code) or self._reserved(code)

    def rows(self) -> Iterable[tuple[int, int | None]]:
        """Ordinal and key of each state met."""
        return [(voter.ordinal, self.key(voter.ordinal)) for voter in self.met.values()]


SMALL_WORDS = {"and", "of", "the", "da", "de"}


def _written(name: str) -> str:
    """A name as people write it; data sets write some in capitals."""
    name = " ".join(name.split())[:100]
    if not name.isupper():
        return name
    small = name.lower().replace("i\u0307", "i")  # of TÜRKİYE
    written = re.sub(r"(d')?([^\W\d_]+(?:'[^\W\d_]+)?)", _capitalized, small)
    return written[:1].upper() + written[1:]


def _capitalized(word: "re.Match[str]") -> str:
    """“People's”, “d'Ivoire”; but “of” as it is."""
    article, rest = word[1] or "", word[2]
    return article + (rest if rest in SMALL_WORDS else rest.capitalize())
