"""Words that the product does not use, searched in everything that people or programmers read: Python, JavaScript, HTML and documentation."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
READ = [
    *sorted(
        path
        for folder in ("pages", "rnn_core", "docs")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".js", ".html", ".css", ".md")
    ),
    ROOT / "app.py",
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
]

TURNS = (  # archaic, translated or private turns, and what was said before of the same thing
    r"shall", r"anew", r"by heart", r"begun", 
    r"bends? the odds", r"what recurrent networks are for", r"in a process of its own", r"[Rr]uns so far", r"(Text|Digits|Reviews) to learn",
    r"[Tt]raining goes on", r"keeps its place in the queue", r"runs on their way", r"on its way already", r"[Tt]urn a knob", r"knobs?",
    r"has read all of its", r"Train one like it", r"Characters a second", r"Time taken", r"nats a character", r"epochs read", r"Let it (write|read|judge)",
    r"it begins a new line", r"as learnt", r"At four temperatures", r"It acts from", r"goes on bending", r"From where it stands", r"prose to gibberish",
    r"as it reads on", r"it says \d", r"which digits it takes for which", r"was surest of", r"what it said", r"makes up its mind", r"praises or pans",
    r"It says (negative|positive)", r"turns over", r"Each in turn", r"lose their beginning", r"digits of other pens", r"shall the others call",
    r"Be somebody else", r"whoever has it", r"Lost will be", r"met a fault of ours", r"steps downhill", r"([Tt]he|[Ss]ame|its) verdicts?",
)  # fmt: skip
_BANNED = re.compile(rf"\b(?:{'|'.join(TURNS)})\b")


@pytest.mark.parametrize("path", READ, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_uses_a_word_that_was_replaced(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [f"{number}: {match[0]}" for number, line in enumerate(lines, 1) if (match := _BANNED.search(line))]
    assert found == []


def test_files_of_every_kind_are_searched():
    assert {path.suffix for path in READ} == {".py", ".js", ".html", ".css", ".md"} and len(READ) > 150
    assert _BANNED.search("It says negative: 84% sure.") and _BANNED.search("the verdict stays")
