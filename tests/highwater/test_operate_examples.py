"""Every example can be typed as it is shown: in the help of the commands, the README and docs/operate.md."""

import re
import shlex
from collections.abc import Iterator

import pytest

from highwater.__main__ import COMMANDS, PURPOSES
from highwater.checkout import ROOT
from highwater.operate.commands.command import EXAMPLE
from tests.highwater.hand import hand_on
from tests.system.conftest import running_day

OPERATING = [command.name for purpose in ("Looking", "Acting") for command in PURPOSES[purpose]]
README = (ROOT / "README.md").read_text()
PAGE = (ROOT / "docs" / "operate.md").read_text()


def examples() -> Iterator[tuple[str, ...]]:
    """The words of each example: of the help, where a comment follows after two blanks, and of the page."""
    for name in OPERATING:
        for line in re.findall(rf"^  highwater ({name}\b.*)$", COMMANDS[name].help, re.M):
            yield tuple(shlex.split(re.split(r"\s{2,}|>>", line)[0]))
    for text in re.findall(r"`highwater ([a-z]+ [^`]+)`", PAGE):
        yield tuple(shlex.split(text.replace(" ID", f" {EXAMPLE}")))


@pytest.mark.parametrize("words", sorted(set(examples())), ids=" ".join)
def test_an_example_is_a_command_with_its_options(words: tuple[str, ...]) -> None:
    name, *rest = words
    assert COMMANDS[name].parser().parse_args(rest)


def test_each_command_has_its_examples_and_its_exit_statuses() -> None:
    named = {words[0] for words in examples()}
    assert named == set(OPERATING)
    for name in OPERATING:
        assert re.search(r"\nExit status: 0 .*1 .*2 ", COMMANDS[name].help, re.S)


def test_what_the_readme_shows_does_as_it_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = README.split("\nexport HIGHWATER_URL")[1].split("```")[0]
    lines = re.findall(r"^\.venv/bin/highwater ([^#\n]+)", shown, re.M)
    names = [line.split()[0] for line in lines]
    assert names == ["why", "raise", "raise", "decisions"]
    with running_day() as day, hand_on(day, monkeypatch, capsys) as hand:
        for line in lines:
            ran = hand(*shlex.split(line))
            assert (ran.status, bool(ran.out)) == (0, True), ran.err
        assert day.desired() == 2
