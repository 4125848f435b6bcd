"""How a program ends that cannot do what it is for: in one sentence, `class: what is wrong, the way out`."""


class SentenceError(Exception):
    """The end; `kind` is the class of the sentence."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(f"{kind}: {sentence}")
        self.kind = kind


class PassingError(Exception):
    """What may pass: a broken connection, a busy server. The text is what is said if it does not, `kind` its class."""

    def __init__(self, text: str, kind: str = "network") -> None:
        super().__init__(text)
        self.kind = kind
