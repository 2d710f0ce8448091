"""The one error that is meant for the person in front of the page."""


class Problem(ValueError):
    """Something the user can mend: each sentence says what happened, why, and what to do.

    Pages and the command line show `sentences` as they are; anything else that is raised is a fault of ours.
    """

    def __init__(self, *sentences: str):
        self.sentences = sentences
        super().__init__(" ".join(sentences))
