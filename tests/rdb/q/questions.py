"""Questions of clients that may be answered later, by `-30!`."""

from .errors import QError, Unsupported
from .process import Process
from .values import Value, string

# Handles of clients that are no processes of their own.
_CLIENTS = 10000


class Answer:
    """What a question got, once it is `done`; `deferred`: it is answered later."""

    def __init__(self) -> None:
        self.deferred = self.done = self.failed = False
        self.value: Value | None = None

    def take(self, failed: bool, value: Value) -> None:
        """Take the answer, or the error's text."""
        self.done, self.failed, self.value = True, failed, value


class Questions:
    """The part of the network that such questions wait in."""

    def __init__(self) -> None:
        self._answers: dict[tuple[Process, int], Answer] = {}

    def _heard(self, process: Process, handle: int, handler: str, value: Value) -> Value:
        raise NotImplementedError

    def question(self, process: Process, text: str) -> Answer:
        """Ask a process that may answer later, by `-30!`."""
        handle = _CLIENTS + len(self._answers)
        answer = self.may_wait(process, handle)
        try:
            value = self._heard(process, handle, ".z.pg", string(text))
        except QError as error:
            answer.take(True, string(str(error)))
        else:
            if not answer.deferred:
                answer.take(False, value)
        return answer

    def may_wait(self, process: Process, handle: int) -> Answer:
        """Return what the question that a process hears next over a handle will get, if it answers later."""
        answer = self._answers[process, handle] = Answer()
        return answer

    def deferred(self, process: Process, handle: int) -> None:
        """Let the question that a process is hearing wait for its answer."""
        if (process, handle) not in self._answers:
            raise Unsupported("-30! outside of a question that may wait")
        self._answers[process, handle].deferred = True

    def answer(self, process: Process, handle: int, failed: bool, value: Value) -> None:
        """Answer a question that waits."""
        waiting = self._answers.get((process, handle))
        if waiting is None or not waiting.deferred or waiting.done:
            raise Unsupported(f"-30! to {handle}, which does not wait for an answer")
        waiting.take(failed, value)
