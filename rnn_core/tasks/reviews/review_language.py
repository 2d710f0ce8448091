"""A small language of film reviews in which word order decides: bundled, for machines without IMDB.

The grammar was written for this project. In easy reviews counting words is enough. Every hard review has a twin with exactly
the same words in another order and the opposite meaning, so a method that only counts words is right half of the time:

    the plot was dull, but the acting was wonderful.        the acting was wonderful, but the plot was dull.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

HARD_OF_FIVE = 3  # of five pairs of reviews, so many are hard twins
SHORTEST = 6  # words in a review
BLOCK = 50  # pairs that are shuffled together; a cut between whole blocks separates no twins
SEED, TRAINING, TEST = 7, 8_000, 2_000

# Opinions as (negative, positive) alternatives; all alternatives of a name fit in every sentence with that name.
OPINIONS = {
    "quality": (
        ("dull", "awful", "terrible", "dreadful", "boring", "weak", "poor", "clumsy",
         "tedious", "lifeless", "horrible", "lousy", "bland", "stale", "hopeless", "tiresome"),
        ("wonderful", "great", "brilliant", "superb", "excellent", "delightful", "lovely", "charming",
         "splendid", "fresh", "clever", "marvellous", "terrific", "magnificent", "impressive", "enchanting"),
    ),
    "thing": (
        ("a bore", "a mess", "a disaster", "a flop", "a failure", "a nightmare", "a disappointment", "a waste of time"),
        ("a masterpiece", "a gem", "a treasure", "a delight", "a triumph", "a joy", "a pleasure", "a success"),
    ),
    "felt": (("hated", "disliked", "loathed", "despised"), ("loved", "enjoyed", "adored", "admired")),
    "did": (("yawned", "groaned", "complained", "booed"), ("clapped", "cheered", "smiled", "laughed")),
}  # fmt: skip

# Words that are the same in both twins, and equally frequent for both labels.
WORDS = {
    "film": ("the film", "this film", "the movie", "this movie"),
    "part": (
        "plot was", "acting was", "music was", "script was", "ending was", "cast was", "story was", "camera work was",
        "dialogues were", "songs were", "costumes were", "characters were", "pictures were", "dances were",
    ),
    "people": ("my sister", "my brother", "my friends", "the critics", "our neighbours", "my parents", "the others"),
    "day": ("on monday", "on friday", "last week", "yesterday", "in the evening", "in the afternoon"),
    "place": ("a small town", "a big city", "a village by the sea", "the mountains", "an old house"),
    "job": ("a doctor", "a teacher", "a sailor", "a farmer", "a student"),
    "seat": ("in the front row", "in the back row", "near the door", "beside a window"),
}  # fmt: skip

NEUTRAL = (
    "we saw it {day}", "i went to the cinema {day}", "{people} came along", "we sat {seat}", "{people} sat {seat}",
    "it is set in {place}", "the hero is {job} from {place}", "it is about {job} and {job}", "it runs for two hours",
    "we shared a bag of popcorn", "{people} brought the popcorn", "it was raining outside", "we took the bus home",
    "the cinema is near the station", "i bought the tickets {day}", "the hall was half full", "afterwards we went for a walk",
    "{people} drove us home {day}", "it was made in {place}",
)  # fmt: skip

EASY = (
    "the {part} {quality}", "the {part} {quality} and the {part} {quality}", "{film} is {quality}", "{film} is {thing}",
    "{film} is {quality} and {quality}", "i {felt} it", "i {felt} every minute of {film}", "we {felt} the {quality} story",
    "people {did} around us", "everybody in our row {did}", "what {thing}", "to me it was {thing}", "i found it {quality}",
)  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """A sentence in which `{wins}` decides and `{loses}` does not; a neutral sentence may replace `|`."""

    construction: str
    kind: str  # of phrases in both places: a key of OPINIONS or PAIRS, "clause" or "noun"
    sentence: str


# Kinds whose two sides are an opinion only together, again as (negative, positive); the side in `{wins}` decides which.
PAIRS = {
    "parting": (("glad", "relieved", "happy"), ("sad", "sorry", "unhappy")),  # of the person, when it ended
    "evening": (("go to sleep", "stay in bed", "go straight home"), ("see it again", "watch it twice", "go to the next showing")),
    "show": (("the trailer", "the poster", "the title"), ("the film", "the movie", "the rest of it")),
}  # fmt: skip

FRAMES = tuple(Frame(*row) for row in (
    ("but", "clause", "{loses}, but {wins}"),
    ("but", "clause", "{loses} from time to time, but {wins} from beginning to end"),
    ("but", "quality", "{film} was {loses} for a minute, but it was {wins} for the next two hours"),
    ("but", "noun", "at first i noticed only {loses}, but in the end {wins} stayed with me"),
    ("but", "noun", "i soon forgot {loses}, but i keep thinking of {wins}"),
    ("although", "clause", "although {loses}, {wins}"),
    ("although", "clause", "even though {loses} for a while, in the end we agreed that {wins} for a first film"),
    ("although", "noun", "despite {loses} i came home full of {wins}"),
    ("although", "noun", "i left with {wins} in my head in spite of {loses}"),
    ("not", "quality", "{film} is not {loses}, just {wins}"),
    ("not", "quality", "{film} is {wins} and not {loses}"),
    ("not", "quality", "far from {loses}, {film} is {wins}"),
    ("not", "quality", "nothing in {film} was {loses} to me, everything was {wins} to me"),
    ("not", "thing", "this is not {loses} at all. | this is {wins}"),
    ("expected", "thing", "i expected {loses} from it and got {wins} from it"),
    ("expected", "thing", "we got {wins} where we had expected {loses}"),
    ("expected", "thing", "instead of {loses} we got {wins}"),
    ("expected", "thing", "what began as {loses} ended as {wins}"),
    ("expected", "thing", "i was prepared for {loses} that day. | what i saw was {wins} that day"),
    ("than", "quality", "{film} is less {loses} than {wins}"),
    ("than", "quality", "i would call {film} {wins} sooner than {loses}"),
    ("than", "quality", "{film} is {wins} rather than {loses}"),
    ("than", "evening", "i would rather {wins} than {loses}"),
    ("than", "show", "{wins} was far better than {loses}"),
    ("than", "show", "if only {loses} had been as good as {wins}"),
    ("outweighed", "noun", "{wins} outweighed {loses}"),
    ("outweighed", "noun", "for me {wins} mattered more than {loses}"),
    ("outweighed", "noun", "against {wins} even {loses} did not count"),
    ("others", "felt", "{people} really {loses} it. | i really {wins} it"),
    ("others", "felt", "i really {wins} it. | {people} really {loses} it"),
    ("others", "felt", "i truly {wins} what {people} truly {loses}"),
    ("others", "felt", "i belong to those who {wins} it, {people} to those who {loses} it"),
    ("others", "thing", "{people} called it {loses}. | i call it {wins}"),
    ("others", "quality", "to {people} it was {loses} in every way. | to me it was {wins} in every way"),
    ("others", "did", "{people} often {loses} during the film. | i often {wins} during the film"),
    ("nobody", "did", "everybody in the hall {wins} at the end and nobody in the hall {loses} at the end"),
    ("nobody", "did", "nobody near us {loses} at any time. | all those near us {wins} at every joke"),
    ("when", "parting", "i was {loses} when it began and {wins} when it ended"),
    ("when", "parting", "i was {wins} when it ended and {loses} when it began"),
))  # fmt: skip


@dataclass(frozen=True)
class Reviews:
    """`texts[i]` is positive if `labels[i]` is 1; if `hard[i]`, counting its words does not help.

    Twins are in the same block. A twin in training would bias validation: a network that counts words would get it wrong.
    """

    texts: tuple[str, ...]
    labels: tuple[int, ...]
    hard: tuple[bool, ...]
    blocks: tuple[int, ...]


def generate(count: int, seed: int) -> Reviews:
    """`count` (even) distinct reviews, half of each label, three fifths of them hard; the same for the same seed."""
    return _shuffled(list(islice(_pairs(seed), _half(count))), seed)


def training() -> Reviews:
    """The 8,000 training reviews."""
    return _shuffled(list(islice(_pairs(SEED), _half(TRAINING))), SEED)


def test() -> Reviews:
    """The 2,000 test reviews; none has the same words as a training review, in any order."""
    return _shuffled(list(islice(_pairs(SEED), _half(TRAINING), _half(TRAINING + TEST))), SEED)


test.__test__ = False  # or pytest would collect it

_Pair = tuple[str, str, bool]  # a negative and a positive review, and whether they are hard twins


def _half(count: int) -> int:
    if count % 2:
        raise ValueError(f"Reviews come in pairs of opposite labels: {count} is odd.")
    return count // 2


def _pairs(seed: int) -> Iterator[_Pair]:
    """Yield pairs without end; no two have the same bag of words."""
    rng, seen, number = random.Random(seed), set(), 0
    while True:
        hard = number % 5 < HARD_OF_FIVE
        negative, positive = _twins(rng) if hard else (_easy(0, rng), _easy(1, rng))
        bags = {bag(negative), bag(positive)}
        if bags.isdisjoint(seen) and min(map(len, bags)) >= SHORTEST:
            seen |= bags
            number += 1
            yield negative, positive, hard


def bag(text: str) -> tuple[str, ...]:
    """The words of a text, sorted, without punctuation."""
    return tuple(sorted(re.findall(r"\w+", text)))


def _shuffled(pairs: list[_Pair], seed: int) -> Reviews:
    """Shuffle block by block; each block has the first reviews of all its pairs, then the second ones."""
    rng = random.Random(seed)
    rng.shuffle(pairs)
    blocks = max(1, len(pairs) // BLOCK)
    rows = []
    for block in range(blocks):
        first, second = [], []
        for negative, positive, hard in pairs[block * len(pairs) // blocks : (block + 1) * len(pairs) // blocks]:
            pair = [(negative, 0, hard), (positive, 1, hard)]
            rng.shuffle(pair)
            first.append(pair[0])
            second.append(pair[1])
        rows += [(*review, block) for review in first + second]
    return Reviews(*zip(*rows, strict=True)) if rows else Reviews((), (), (), ())


def _easy(label: int, rng: random.Random) -> str:
    used: set[str] = set()
    words = WORDS | {name: sides[label] for name, sides in OPINIONS.items()}
    opinions = [_fill(sentence, words, used, rng) for sentence in rng.sample(EASY, rng.choice((1, 2, 2)))]
    neutral = [_fill(sentence, words, used, rng) for sentence in rng.sample(NEUTRAL, rng.choice((0, 1, 1, 2)))]
    sentences = opinions + neutral
    rng.shuffle(sentences)
    return _text(sentences)


def _twins(rng: random.Random) -> tuple[str, str]:
    """A negative and a positive review with the same words: the winning and the losing phrases are exchanged."""
    used: set[str] = set()
    frames = rng.sample(FRAMES, rng.choice((1, 1, 1, 2)))
    # Neutral sentences go to places before and after each frame and, where the frame allows it, inside.
    places = sum(2 + frame.sentence.count("|") for frame in frames)
    neutral: list[list[str]] = [[] for _ in range(places)]
    for sentence in rng.sample(NEUTRAL, rng.choice((0, 1, 2, 2) if len(frames) == 1 else (0, 1))):
        rng.choice(neutral).append(_fill(sentence, WORDS, used, rng))
    versions: tuple[list[str], list[str]] = ([], [])
    for frame in frames:
        filled = _fill(frame.sentence, WORDS, used, rng)
        negative, positive = _sides(frame.kind, used, rng)
        inner = filled.split(". | ")
        for version, wins, loses in ((versions[0], negative, positive), (versions[1], positive, negative)):
            index = len(neutral) - places
            for offset, piece in enumerate(inner):
                version += [*neutral[index + offset], piece.format(wins=wins, loses=loses)]
            version += neutral[index + len(inner)]
        places -= 1 + len(inner)
    return _text(versions[0]), _text(versions[1])


def _sides(kind: str, used: set[str], rng: random.Random) -> tuple[str, str]:
    """A negative and a positive phrase of the same kind."""
    if kind not in ("clause", "noun"):
        return tuple(_fill("{it}", {"it": side}, used, rng) for side in (OPINIONS | PAIRS)[kind])
    sides = []
    for quality in OPINIONS["quality"]:
        phrase = _fill("the {part} {quality}", {"part": WORDS["part"], "quality": quality}, used, rng)
        noun, verb, adjective = re.fullmatch(r"the (.+) (was|were) (\w+)", phrase).groups()
        sides.append(f"the {noun} {verb} {adjective}" if kind == "clause" else f"the {adjective} {noun}")
    return tuple(sides)


def _fill(sentence: str, words: dict, used: set[str], rng: random.Random) -> str:
    """Replace every `{name}` in `words` by one of its alternatives, none of which is used twice in a review if possible."""

    def pick(match: re.Match) -> str:
        if match[1] not in words:
            return match[0]
        choice = rng.choice(words[match[1]])
        while choice in used and not used.issuperset(words[match[1]]):
            choice = rng.choice(words[match[1]])
        used.add(choice)
        return choice

    return re.sub(r"\{(\w+)\}", pick, sentence)


def _text(sentences: list[str]) -> str:
    return ". ".join(sentences) + "."
