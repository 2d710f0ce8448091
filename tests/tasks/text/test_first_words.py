"""The first prompt: the beginning of the text that a run was trained on."""

import pytest

from rnn_core.tasks.text.first_words import first_words
from rnn_core.tasks.tokenizer import Characters

LETTERS = Characters(tuple('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz .,:"-*\n一二三四五六七八九十'))


@pytest.mark.parametrize("text, words", [
    ("It was the best of times, it was the worst of times.", "It was the best of "),
    ("\n\n  First Citizen:\nBefore we proceed any further", "Before we proceed "),  # plain words
    ('The "assert" statement is a way to check.\n  Assignment of an object to a target', "Assignment of an "),
    ("the end of a sentence\n  First Citizen:\nSpeak.", "the end of a "),  # no line begins plainly: the first one with letters
    ("***\n---\nCHAPTER\n", "CHAPTER"),  # a line with letters
    ("\u2603 snow\nand rain", "and rain"),  # a line that the network can read
    ("一二三四五六七八九十一二三四五六七八九十一二三", "一二三四五六七八九十一二三四五六七八九十"),  # no blanks
    ("\u2603 snow\n" * 100, "The "), ("", "The "), ("\n\n", "The "),
])  # fmt: skip
def test_they_are_the_beginning_of_the_first_line_that_can_be_read(text, words):
    assert first_words(text, LETTERS) == words


def test_there_may_be_none():
    assert first_words("\u2603" * 100, Characters(("一", "二"))) == ""
