"""The command `check`: tests a running cluster from end to end, without launching anything."""

import argparse
import json
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import boto3
import msgspec

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.clients import AWS_ERRORS, Unreadable
from chalicelib.contract.names import ALARM_PREFIX
from chalicelib.core.release.walls import hook_stands
from highwater.command import Command, add_json
from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, reading
from highwater.deploy.aws.live import Live
from highwater.deploy.aws.running import running_of
from highwater.deploy.rules import judgement
from highwater.deploy.rules.facts import Stack
from highwater.deploy.rules.judgement import Answer, Line
from highwater.deploy.rules.preflight import cluster_stack_refusal
from highwater.deploy.rules.stack_names import CONTROL_PLANE, name_refusal, stack_name
from highwater.terminal import refuse, say
from highwater.values import number

QUEUES = ("highwater-dead-letters", "highwater-wake-ups-dead-letters.fifo")
LOOK_BACK = timedelta(minutes=10)
LOOK_EVERY = 5
LONGEST_WAIT = 900

Clock = Callable[[], datetime]
Sleep = Callable[[float], None]


HELP = """\
Tests a running cluster from end to end. It changes nothing but one alarm's state, for a
moment.

First it looks at both stacks, at the releases of all that runs, at the walls around the RDBs
(and that the tickerplant has none), at the dead-letter queues, at the operators' subscriptions,
and at the clock. Then it sets the cluster's memory alarm to ALARM by hand, waits for the decision
that follows in the log, and sets the alarm back to OK: this tests EventBridge, a function, the
queue and the controller. A real alarm is not touched.

Nothing is launched: an alarm only wakes the control plane, which decides by the memory that
it measures. If it does raise the capacity, it would have done so within a minute anyway.

Examples:
  highwater check trades
  highwater check trades --json

Exit status: 0, also with warnings; 1 when a line says wrong; 2 for bad input.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument("cluster", metavar="CLUSTER", help="the cluster's name")
    parser.add_argument(
        "--wait",
        type=number(LOOK_EVERY, LONGEST_WAIT, whole=True),
        default=180,
        metavar="SECONDS",
        help="the longest wait for the decision after the alarm (default: %(default)s)",
    )


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Print each line as soon as it is known. Raises Refused for what is no cluster's stack."""
    refuse(name_refusal(args.cluster))
    check = Check(session, args.wait, lambda: datetime.now(UTC), time.sleep)
    lines = []
    for line in check.lines(args.cluster):
        lines.append(line)
        if not args.json:
            sys.stdout.write(line_text(line))
            sys.stdout.flush()
    good = all(judgement.PASSES[line.verdict] for line in lines)
    if args.json:
        result = {"cluster": args.cluster, "good": good, "lines": msgspec.to_builtins(lines)}
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0 if good else 1


def line_text(line: Line) -> str:
    """Format a line for a terminal."""
    todo = f"{'':24}do: {line.todo}\n" if line.todo else ""
    return f"{line.verdict:<8} {line.about:<14} {line.seen}\n{todo}"


class Check:
    """The tests of one account, in order. `wait` is in seconds."""

    def __init__(self, session: boto3.Session, wait: float, now: Clock, sleep: Sleep) -> None:
        self._session = session
        self._account = Account(session, caller_of(session))
        reader = session.client("autoscaling")
        self._groups = Groups(reader, lambda: reader)
        self._live = Live(session)
        self._wait = wait
        self._now = now
        self._sleep = sleep

    def lines(self, cluster: str) -> Iterator[Line]:
        """Test one thing after the other; only the stacks if one of them does not exist. Raises Refused."""
        name = stack_name(cluster)
        with reading():
            plane, stack = self._account.stack(CONTROL_PLANE), self._account.stack(name)
        refuse(cluster_stack_refusal(cluster, stack))
        yield judgement.stack_line("control plane", CONTROL_PLANE, plane)
        yield judgement.stack_line("cluster", name, stack)
        if plane is not None and stack is not None:
            yield from self._looks(plane, stack, cluster)

    def _looks(self, plane: Stack, stack: Stack, cluster: str) -> Iterator[Line]:
        yield readable("releases", lambda: self._releases(plane, stack, cluster))
        yield readable("walls", lambda: self._walls(cluster))
        yield of_output("tickerplant", stack, "TickerplantGroup", self._tickerplant)
        for queue in QUEUES:
            yield readable("dead letters", lambda: self._dead_letters(queue))  # noqa: B023 - called at once
        yield of_output("operators", plane, "OperatorsTopic", self._operators)
        yield readable("sweep", self._sweep)
        yield readable("alarm", lambda: self._alarm(cluster))

    def _releases(self, plane: Stack, stack: Stack, cluster: str) -> Line:
        return judgement.releases_line(plane, running_of(self._session, plane, cluster, stack))

    def _walls(self, cluster: str) -> Line:
        groups = self._groups.of_cluster(cluster)
        stands = all(hook_stands(self._groups.hooks(group)) for group in groups)
        return judgement.walls_line(cluster, groups, stands, self._now())

    def _tickerplant(self, name: str) -> Line:
        return judgement.tickerplant_line(name, self._account.group(name))

    def _operators(self, topic: str) -> Line:
        return judgement.operators_line(topic, self._live.confirmed(topic))

    def _dead_letters(self, queue: str) -> Line:
        return judgement.dead_letters_line(queue, self._live.messages(queue))

    def _sweep(self) -> Line:
        now = self._now()
        swept = list(self._live.logged("swept", now - LOOK_BACK))
        newest = max(swept, key=lambda logged: logged.at, default=None)
        if newest is None:
            return judgement.sweep_line(None, now, "")
        return judgement.sweep_line(newest.at, now, str(newest.fields.get("botocore", "unknown")))

    def _alarm(self, cluster: str) -> Line:
        """Set the alarm, wait for the decision, and set the alarm back unless CloudWatch has already."""
        name = f"{ALARM_PREFIX}{cluster}"
        if refusal := judgement.untouched_line(name, self._live.alarm(name)):
            return refusal
        by_hand = f"Set by hand, highwater check {uuid.uuid4().hex[:8]}"
        answer = Answer(self._live.set_alarm(name, "ALARM", by_hand))
        began = self._now()
        try:
            while (waited := (self._now() - began).total_seconds()) < self._wait:
                answer = self._answer(answer.set_at, cluster, by_hand)
                if answer.decided_at is not None:
                    break
                say(f"waiting for the decision: {waited:.0f} s of {self._wait:.0f}")
                self._sleep(LOOK_EVERY)
        finally:
            state = self._live.alarm(name)
            if state is not None and state.reason == by_hand:
                self._live.set_alarm(name, "OK", f"{by_hand}, over")
        return judgement.answer_line(name, answer, self._wait)

    def _answer(self, set_at: datetime, cluster: str, by_hand: str) -> Answer:
        woken = [
            logged.at
            for logged in self._live.logged("woken", set_at)
            if by_hand in str(logged.fields.get("cause"))
        ]
        for logged in self._live.logged("decision", set_at):
            decision = logged.fields["decision"]
            at = datetime.fromisoformat(decision["at"])
            if (
                woken
                and decision["cluster"] == cluster
                and "alarm" in decision.get("triggers", ())
                and at >= set_at
            ):
                return Answer(set_at, woken[0], at, decision["code"], decision["reason"])
        return Answer(set_at, woken[0] if woken else None)


def readable(about: str, look: Callable[[], Line]) -> Line:
    """Return the line of a test, or a line that says that AWS did not answer."""
    try:
        return look()
    except (Unreadable, *AWS_ERRORS) as error:
        return Line(about, "wrong", f"could not be looked at: {error}", "fix that, then run this again")


def of_output(about: str, stack: Stack, output: str, look: Callable[[str], Line]) -> Line:
    """Test what a stack names in an output."""
    found = stack.outputs.get(output)
    if found is None:
        return judgement.output_line(about, stack.name, output)
    return readable(about, lambda: look(found))


COMMAND = Command(
    "check", "test a running cluster from end to end", HELP, add_options, run, needs_checkout=False
)
