"""An invented language: words drawn by Zipf's law, a third of them the stop words of English."""

import itertools
import random

STOP_WORDS = (  # noqa: SIM905  # in a list, fifty words are fifty lines
    "the of to and in a is that for on was with as by it at from be this have or an not are but "
    "which his had they their has its were been who will more no if out so said what up about"
).split()
VOCABULARY = 100_000
# A third of the words are stop words; of the others the one of rank r has a share of 1 / r.
STOP_SHARE = 0.35


class Vocabulary:
    """Invented words, the commonest first."""

    def __init__(self, rng: random.Random) -> None:
        starts = [*"bcdfghklmnprstvw", "br", "ch", "dr", "gr", "kr", "pl", "sh", "st", "tr"]
        vowels = [*"aeiou", "ai", "ea", "ou", "é"]
        weights = [12, 12, 12, 12, 8, 3, 3, 3, 1]
        ends = [*"nrlstmk", "nd", "rt", "st", "ng"]
        words: dict[str, None] = {}
        while len(words) < VOCABULARY:
            size = 2 if len(words) < 3_000 else 3
            syllables = [rng.choice(starts) + rng.choices(vowels, weights)[0] for _ in range(size)]
            words["".join(syllables) + rng.choice(ends)] = None
        self.words = list(words)
        zipf = [1 / rank for rank in range(1, VOCABULARY + 1)]
        stop = sum(zipf) * STOP_SHARE / (1 - STOP_SHARE) / len(STOP_WORDS)
        self.all = [*STOP_WORDS, *self.words]
        self.cumulated = list(itertools.accumulate([*([stop] * len(STOP_WORDS)), *zipf]))

    def draw(self, rng: random.Random, number: int) -> list[str]:
        return rng.choices(self.all, cum_weights=self.cumulated, k=number)


def search_words(articles: int, seed: int, number: int = 100) -> dict[str, list[str]]:
    """What to search for among so many articles: `number` different searches of each kind."""
    words = Vocabulary(random.Random(seed)).words
    rng = random.Random(seed)
    # An article holds the word of rank r about 55 / r times; see STOP_SHARE.
    rarest = min(VOCABULARY, 5 * articles)
    rare = rng.sample(words[rarest * 8 // 10 : rarest], k=min(number, rarest // 5))  # in a dozen
    common = rng.sample(words[100:220], k=number)  # in a quarter to a half of the articles
    middling = rng.sample(words[300:900], k=2 * number)  # two of them: in about one in a hundred
    two = [f"{one} {other}" for one, other in zip(middling[::2], middling[1::2], strict=True)]
    return {"rare": rare, "common": common, "two": two}
