"""Compare: several runs on one chart, what differs, and the same input answered by all."""

from pages.parts.compare.compare_page import compare_page

compare_page()
