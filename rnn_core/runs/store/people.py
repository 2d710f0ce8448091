"""The people of a class, and which of them are teachers, who see everybody's runs.

A person's id is secret: their browser stores it, and anyone with it can act as that person. The id is never sent to another browser
and is in no link. Names are neither secrets nor passwords.
"""

import hashlib
import hmac
import math
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from rnn_core.data.normalize import normalize
from rnn_core.errors import UserError
from rnn_core.runs.store.database import Database, unguessable

MAX_NAME_LENGTH = 24  # characters of a nickname
_MAX_TYPED = 10 * MAX_NAME_LENGTH  # characters before blanks and invisible ones are removed
TEACHER = "Teacher"  # the name of a teacher without a nickname; nobody else may have it
_MAX_WAIT = 60.0  # seconds after a wrong key
_FORGET_SECONDS = 3600.0  # without an attempt, until wrong ones no longer count


@dataclass(frozen=True)
class Person:
    id: str = field(repr=False)  # secret
    name: str
    number: int  # in order of joining; shown where names are hidden
    teacher: str | None = field(repr=False)  # digest that proves which key was entered

    @property
    def anonymous_name(self) -> str:
        return f"Person {self.number}"


class People:
    def __init__(self, database: Database):
        self._database = database

    def enter(self, nickname: str) -> Person:
        """Add a person. Raises `UserError` for a name that cannot be used, or that somebody else has."""
        name = clean(nickname)
        if name.casefold() == TEACHER.casefold():
            raise UserError(f"“{TEACHER}” is reserved for the teacher. Choose another nickname.")
        return self._add(name)

    def enter_teacher(self, key: str) -> Person:
        """The person for a teacher without a nickname, the same on every computer. The caller has compared the key."""
        rows = self._database.read("SELECT id FROM people WHERE name = ?", (TEACHER,))
        person = self.find(rows[0]["id"]) if rows else self._add(TEACHER)
        return self.make_teacher(person, key)

    def _add(self, name: str) -> Person:
        person_id = unguessable(24)
        with self._database.change() as db:
            if any(row["name"].casefold() == name.casefold() for row in db.execute("SELECT name FROM people")):
                raise UserError(f"Somebody here is called {name} already. Choose another name.")
            db.execute("INSERT INTO people (id, name, created) VALUES (?, ?, ?)", (person_id, name, time.time()))
        return self.find(person_id)

    def find(self, person_id: str) -> Person | None:
        return next(iter(self._read("WHERE id = ?", (person_id,))), None)

    def all(self) -> dict[str, Person]:
        """By their ids, in order of joining."""
        return {person.id: person for person in self._read("ORDER BY rowid")}

    def _read(self, which: str, values: tuple = ()) -> Iterable[Person]:
        rows = self._database.read(f"SELECT id, name, rowid AS number, teacher FROM people {which}", values)
        return [Person(**row) for row in rows]

    def make_teacher(self, person: Person, key: str) -> Person:
        """Make a person a teacher until the key changes. The caller has compared the key."""
        with self._database.change() as db:
            db.execute("UPDATE people SET teacher = ? WHERE id = ?", (_proof(person.id, key), person.id))
        return self.find(person.id)


def is_teacher(person: Person | None, key: str) -> bool:
    """Whether this person has entered the key that is valid now."""
    return bool(key and person and person.teacher) and hmac.compare_digest(person.teacher, _proof(person.id, key))


def same_key(typed: str, key: str) -> bool:
    """Compare in constant time. Without a key, nothing matches."""
    return bool(key) and hmac.compare_digest(typed.strip().encode(), key.encode())


def _proof(person_id: str, key: str) -> str:
    return hmac.new(key.encode(), person_id.encode(), hashlib.sha256).hexdigest()


def clean(nickname: str) -> str:
    """A nickname without characters that control, hide or reverse text. Raises `UserError`."""
    if len(nickname) > _MAX_TYPED:
        raise _too_long(nickname)
    folded = normalize(nickname, "NFKC")
    name = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " * c.isspace() for c in folded).split())
    if not any(unicodedata.category(c)[0] in "LNS" for c in name):
        raise UserError("Enter a nickname of at least one letter.")
    if len(name) > MAX_NAME_LENGTH:
        raise _too_long(name)
    return name


def _too_long(name: str) -> UserError:
    return UserError(f"A nickname may have {MAX_NAME_LENGTH} characters; this one has {len(name):,}. Choose a shorter one.")


class KeyAttempts:
    """Limits guesses of the teacher's key: after the first wrong attempt a person waits 1 s, then 2, 4 ... 60 s.

    Attempts are counted per person, or per session of somebody without a nickname, and not per address: a whole class may share an
    address, and no pupil can lock the teacher out. A new session has one more attempt, so the key has at least eight characters.
    """

    def __init__(self):
        self._wrong: dict[str, tuple[int, float]] = {}  # by person or session: wrong attempts, time of the last one
        self._lock = Lock()

    def attempt(self, who: str, typed: str, key: str, now: float) -> None:
        """Compare a key. Raises `UserError` for a wrong key, and for every attempt too soon after one, which is not compared."""
        with self._lock:
            self._wrong = {w: (n, last) for w, (n, last) in self._wrong.items() if now - last < _FORGET_SECONDS}
            tries, last = self._wrong.get(who, (0, 0.0))
            if (left := last + _wait(tries) - now) > 0:
                raise UserError(f"Too soon after a wrong key, so this attempt does not count. Wait {math.ceil(left)} s.")
            if not same_key(typed, key):
                self._wrong[who] = tries + 1, now
                raise UserError(f"This is not the key. The next try counts after {_wait(tries + 1):.0f} s.")
            self._wrong.pop(who, None)


def _wait(tries: int) -> float:
    return min(_MAX_WAIT, 2.0 ** (tries - 1)) if tries else 0.0
