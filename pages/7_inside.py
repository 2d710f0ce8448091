"""Inside: step through an input, and see what flows through the cells of a trained network."""

from pages.parts.inside.page import inside_page

inside_page()
