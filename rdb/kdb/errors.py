"""The reasons why q gave no usable answer: one class per cause, with a sentence for the log."""


class AskFailed(Exception):
    """The base class; each cause is a class of its own."""


class NotReachable(AskFailed):
    """No connection, or it broke."""


class UnknownHost(NotReachable):
    """The host's name has no address."""


class HungUp(NotReachable):
    """Something listens there and broke the connection."""


class NoTls(NotReachable):
    """Something listens there and does not speak TLS."""


class Untrusted(NotReachable):
    """q's certificate is not one that this host trusts, or names another host."""


class AccessDenied(AskFailed):
    """q closed the connection instead of accepting the user and password."""


class TimedOut(AskFailed):
    """The deadline passed. q may be hung or busy, and may still evaluate the expression."""


class BadMessage(AskFailed):
    """The answer is not a message of q, or is larger than the limit."""


class UnsupportedType(AskFailed):
    """The answer is well-formed, but has a q type that is not supported here."""

    def __init__(self, name: str) -> None:
        super().__init__(f"q answered with what cannot be read here: {name}")
        self.name = name


class QError(AskFailed):
    """q raised an error while it evaluated the expression; `text` is q's own, without the quote."""

    def __init__(self, text: str) -> None:
        super().__init__(f"q raised '{text}")
        self.text = text
