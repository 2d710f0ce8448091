"""Text from outside: shown literally in Markdown, and safe in a table that a spreadsheet opens."""

import re

import pytest

from pages.parts.shell.formatting import epoch_number, plain, spreadsheet_safe
from tests.browser.test_plain import NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_is_what_was_written(name):
    shown = re.sub(r"\\(?=[!-/:-@[-`{-~])", "", plain(name)).replace("\u2060", "")
    assert shown == name
    assert len(plain("a\n# b\r\n- c").splitlines()) == 1


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "＝1", "=cmd|' /C calc'!A0"])
def test_no_title_is_a_formula_to_a_spreadsheet(title):
    assert spreadsheet_safe(title) == f"'{title}"


@pytest.mark.parametrize("title", ["Shakespeare · GRU 128", "a=b", "", "'x", "1-2"])
def test_other_titles_stay_as_they_are(title):
    assert spreadsheet_safe(title) == title


@pytest.mark.parametrize(("epoch", "text"), [(0.0, "0"), (10.0, "10"), (9.5, "9.5"), (110.97, "111"), (0.04, "0")])
def test_an_epoch_is_never_followed_by_a_zero(epoch, text):
    assert epoch_number(epoch) == text
