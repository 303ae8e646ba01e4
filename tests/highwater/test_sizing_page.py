"""docs/sizing.md and the help: what they show is what the command prints, and can be typed as it is shown."""

import re
import shlex
from collections.abc import Iterator

import pytest

from highwater.checkout import ROOT
from highwater.size.command import COMMAND
from tests.highwater.size_scene import sized

PAGE = (ROOT / "docs" / "sizing.md").read_text()
PROGRAM = ".venv/bin/highwater size"


def examples() -> Iterator[str]:
    """Each command of the help, where a comment follows after two blanks, and of the pages."""
    for line in re.findall(r"^  highwater size(.*)$", COMMAND.help, re.M):
        yield re.split(r"\s{2,}\w", line)[0].strip()
    for page in (PAGE, (ROOT / "README.md").read_text()):
        yield from (words.strip() for words in re.findall(rf"{PROGRAM}([^`\n#]*)", page))


@pytest.mark.parametrize("words", sorted(set(examples())))
def test_an_example_is_a_command_with_its_options(words: str) -> None:
    assert COMMAND.parser().parse_args(shlex.split(words))


def test_the_page_shows_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```\n\$ (.+)\n((?:.*\n)*?)```", PAGE)
    assert len(blocks) == 1
    for command, printed in blocks:
        ran = sized(capsys, *shlex.split(command.removeprefix(PROGRAM)))
        assert [line.rstrip() for line in ran.out.splitlines() if line.strip()] == [
            line for line in printed.splitlines() if line
        ]
