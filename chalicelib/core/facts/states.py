"""The states of an RDB, and the questions that decisions ask of them.

Each question handles every state by name: a new state that is not handled here does not pass the type check.
`None` stands for an RDB that has not reported yet.
"""

from typing import assert_never

from chalicelib.contract.report import State


def may_take_data(state: State | None) -> bool:
    """An RDB in this state takes the day's data now or may do so later (rule 1)."""
    match state:
        case State.ROLLED | State.DRAINED:
            return False
        case State.BOOTING | State.STANDBY | State.LIVE | State.UNKNOWN | None:
            return True
        case _:
            assert_never(state)


def says_it_takes_data(state: State | None) -> bool:
    """An RDB says that it takes data now: such a report, if newer, overrides that it was full."""
    match state:
        case State.STANDBY | State.LIVE:
            return True
        case State.BOOTING | State.ROLLED | State.DRAINED | State.UNKNOWN | None:
            return False
        case _:
            assert_never(state)


def says_it_got_ready(state: State | None) -> bool:
    """An RDB in this state has been ready for data at some time (rule 5)."""
    match state:
        case State.STANDBY | State.LIVE | State.ROLLED | State.DRAINED:
            return True
        case State.BOOTING | State.UNKNOWN | None:
            return False
        case _:
            assert_never(state)


def boots(state: State | None) -> bool:
    """An RDB in this state is on its way to standby (rule 5)."""
    match state:
        case State.BOOTING:
            return True
        case State.STANDBY | State.LIVE | State.ROLLED | State.DRAINED | State.UNKNOWN | None:
            return False
        case _:
            assert_never(state)


def waits_for_data(state: State | None) -> bool:
    """An RDB in this state is ready and takes nothing yet, so that it may be asked to drain."""
    match state:
        case State.STANDBY:
            return True
        case State.BOOTING | State.LIVE | State.ROLLED | State.DRAINED | State.UNKNOWN | None:
            return False
        case _:
            assert_never(state)


def takes_data(state: State | None) -> bool:
    """An RDB in this state takes the updates now (rule 3)."""
    match state:
        case State.LIVE:
            return True
        case State.BOOTING | State.STANDBY | State.ROLLED | State.DRAINED | State.UNKNOWN | None:
            return False
        case _:
            assert_never(state)


def has_handed_over(state: State | None) -> bool:
    """An RDB in this state took updates and takes no more: after a close it may drain."""
    match state:
        case State.ROLLED:
            return True
        case State.BOOTING | State.STANDBY | State.LIVE | State.DRAINED | State.UNKNOWN | None:
            return False
        case _:
            assert_never(state)


def has_been_live(state: State | None) -> bool:
    """An RDB in this state has taken updates for certain: one that is drained may never have (rule 5)."""
    match state:
        case State.LIVE | State.ROLLED:
            return True
        case State.BOOTING | State.STANDBY | State.DRAINED | State.UNKNOWN | None:
            return False
        case _:
            assert_never(state)


def says_it_is_empty(state: State | None) -> bool:
    """An RDB in this state claims that it has left for good, which needs a proof (rule 3)."""
    match state:
        case State.DRAINED:
            return True
        case State.BOOTING | State.STANDBY | State.LIVE | State.ROLLED | State.UNKNOWN | None:
            return False
        case _:
            assert_never(state)


def is_unanswered(state: State | None) -> bool:
    """This state is the reporter's word, not that of q (rule 5)."""
    match state:
        case State.UNKNOWN:
            return True
        case State.BOOTING | State.STANDBY | State.LIVE | State.ROLLED | State.DRAINED | None:
            return False
        case _:
            assert_never(state)


def goes_back(before: State, after: State) -> bool:
    """The second state is earlier in a life than the first: only `booting` begins anew (rule 10)."""
    match before:
        case State.LIVE:
            return after is State.STANDBY
        case State.ROLLED:
            return after in (State.STANDBY, State.LIVE)
        case State.DRAINED:
            return after in (State.STANDBY, State.LIVE, State.ROLLED)
        case State.BOOTING | State.STANDBY | State.UNKNOWN:
            return False
        case _:
            assert_never(before)
