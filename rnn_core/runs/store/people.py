"""The people of a class: who they are, and who may see everybody.

A person's id is their secret: the browser keeps it, and whoever has it is that person. It never leaves for anybody else's
browser, and no link has it. Names are no secrets and no passwords.
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

LONGEST = 24  # characters of a nickname
_MOST_TYPED = 10 * LONGEST  # looked at: blanks and invisible characters do not count
TEACHER = "Teacher"  # the name of whoever opens the Class page without a nickname; nobody else may have it
_LONGEST_WAIT = 60.0  # seconds after a wrong key
_FORGIVEN = 3600.0  # seconds without a try, after which wrong ones are forgotten


@dataclass(frozen=True)
class Person:
    id: str = field(repr=False)  # secret
    name: str
    number: int  # in the order of coming: what they are called where names are hidden
    teacher: str | None = field(repr=False)  # proof of the key that was entered

    @property
    def nameless(self) -> str:
        return f"Person {self.number}"


class People:
    def __init__(self, database: Database):
        self._database = database

    def enter(self, nickname: str) -> Person:
        """Somebody new. Raises `UserError` for a name that cannot be used, or that somebody else has."""
        name = clean(nickname)
        if name.casefold() == TEACHER.casefold():
            raise UserError(f"“{TEACHER}” is the name of whoever has the teacher's key. Choose another one.")
        return self._add(name)

    def enter_teacher(self, key: str) -> Person:
        """Whoever has the right key and no nickname: on every computer the same person."""
        rows = self._database.read("SELECT id FROM people WHERE name = ?", (TEACHER,))
        person = self.find(rows[0]["id"]) if rows else self._add(TEACHER)
        return self.make_teacher(person, key)

    def _add(self, name: str) -> Person:
        made = unguessable(24)
        with self._database.change() as db:
            if any(row["name"].casefold() == name.casefold() for row in db.execute("SELECT name FROM people")):
                raise UserError(f"Somebody here is called {name} already. Choose another name.")
            db.execute("INSERT INTO people (id, name, created) VALUES (?, ?, ?)", (made, name, time.time()))
        return self.find(made)

    def find(self, person_id: str) -> Person | None:
        return next(iter(self._read("WHERE id = ?", (person_id,))), None)

    def all(self) -> dict[str, Person]:
        """By their ids, in the order of coming."""
        return {person.id: person for person in self._read("ORDER BY rowid")}

    def _read(self, which: str, values: tuple = ()) -> Iterable[Person]:
        rows = self._database.read(f"SELECT id, name, rowid AS number, teacher FROM people {which}", values)
        return [Person(**row) for row in rows]

    def make_teacher(self, person: Person, key: str) -> Person:
        """From now on, until the key changes. Whoever calls this has compared the key."""
        with self._database.change() as db:
            db.execute("UPDATE people SET teacher = ? WHERE id = ?", (_proof(person.id, key), person.id))
        return self.find(person.id)


def is_teacher(person: Person | None, key: str) -> bool:
    """Whether this person once entered the key that is the right one now."""
    return bool(key and person and person.teacher) and hmac.compare_digest(person.teacher, _proof(person.id, key))


def same_key(tried: str, key: str) -> bool:
    """In constant time; without a key, none is the right one."""
    return bool(key) and hmac.compare_digest(tried.strip().encode(), key.encode())


def _proof(person_id: str, key: str) -> str:
    return hmac.new(key.encode(), person_id.encode(), hashlib.sha256).hexdigest()


def clean(nickname: str) -> str:
    """A name as it is kept: no characters that control, hide or turn the text around. Raises `UserError`."""
    if len(nickname) > _MOST_TYPED:
        raise _too_long(nickname)
    folded = normalize(nickname, "NFKC")
    name = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " * c.isspace() for c in folded).split())
    if not any(unicodedata.category(c)[0] in "LNS" for c in name):
        raise UserError("Enter a nickname of at least one letter.")
    if len(name) > LONGEST:
        raise _too_long(name)
    return name


def _too_long(name: str) -> UserError:
    return UserError(f"A nickname may have {LONGEST} characters; this one has {len(name):,}. Choose a shorter one.")


class Patience:
    """Slows down who guesses at the key: after the first wrong try they wait 1 s, then 2, 4 ... 60.

    Counted is the person, or the session of somebody without a nickname, and not the address: a whole class may have one, and
    no pupil can lock the teacher out. A new session gets one more try, so the key has at least eight characters.
    """

    def __init__(self):
        self._wrong: dict[str, tuple[int, float]] = {}  # of somebody: how many tries, when the last one was
        self._lock = Lock()

    def attempt(self, who: str, tried: str, key: str, now: float) -> None:
        """Compare a key. Raises `UserError` for a wrong one, and for any that comes too soon after: that one is not looked at."""
        with self._lock:
            self._wrong = {w: (n, last) for w, (n, last) in self._wrong.items() if now - last < _FORGIVEN}
            tries, last = self._wrong.get(who, (0, 0.0))
            if (left := last + _wait(tries) - now) > 0:
                raise UserError(f"Too soon after a wrong key: this try does not count. Wait {math.ceil(left)} s.")
            if not same_key(tried, key):
                self._wrong[who] = tries + 1, now
                raise UserError(f"This is not the key. The next try counts after {_wait(tries + 1):.0f} s.")
            self._wrong.pop(who, None)


def _wait(tries: int) -> float:
    return min(_LONGEST_WAIT, 2.0 ** (tries - 1)) if tries else 0.0
