"""How the teacher's page calls people."""

from pages.parts.run.run_list import NO_OWNER
from rnn_core.runs.store.people import Person
from rnn_core.runs.store.rows import Run


def name_of(run: Run, people: dict[str, Person], names: bool) -> str:
    """The name of the run's owner, or Person 1, 2 ... without `names`. Runs without an owner come from the command line."""
    person = people.get(run.owner)
    return NO_OWNER if person is None else shown_name(person, names)


def shown_name(person: Person, names: bool) -> str:
    return person.name if names else person.anonymous_name
