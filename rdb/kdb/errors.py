"""Why q gave no answer that can be used: one class per cause, each text a sentence for the log."""


class AskFailed(Exception):
    """The cause is the class."""


class NotReachable(AskFailed):
    """No connection, or it broke."""


class UnknownHost(NotReachable):
    """The host's name has no address."""


class HungUp(NotReachable):
    """Something listens there and broke the connection."""


class AccessDenied(AskFailed):
    """q closed the connection instead of accepting the user and password."""


class TimedOut(AskFailed):
    """The deadline passed; q may be hung or busy, and may still carry out what it was asked."""


class BadMessage(AskFailed):
    """What came is not a message of q, or it is larger than we take."""


class UnsupportedType(AskFailed):
    """A well-formed answer with a q type that has no Python value here."""

    def __init__(self, name: str) -> None:
        super().__init__(f"q answered with what cannot be read here: {name}")
        self.name = name


class QError(AskFailed):
    """q raised an error while it evaluated the expression; `text` is q's own, without the quote."""

    def __init__(self, text: str) -> None:
        super().__init__(f"q raised '{text}")
        self.text = text
