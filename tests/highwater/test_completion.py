"""bash completes every command and its options by the script that is made from them."""

import subprocess
import sys

import pytest

from highwater.__main__ import COMMANDS, main
from highwater.checkout import ROOT
from highwater.completion import script

SCRIPT = script(COMMANDS.values())


def completed(*words: str) -> set[str]:
    """What bash offers for the last of these words."""
    line = " ".join(f"'{word}'" for word in words)
    code = (
        f"{SCRIPT}\nCOMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _highwater; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    ran = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)  # noqa: S603, S607 - our own script
    return set(ran.stdout.split())


def test_the_first_word_is_any_command() -> None:
    assert completed("highwater", "") == {*COMMANDS, "--help", "--version"}
    assert completed("highwater", "why") == {"why"}


@pytest.mark.parametrize("name", ["why", "raise", "decisions"])
def test_the_options_of_a_command_are_its_own(name: str) -> None:
    own = {option for action in COMMANDS[name].parser()._actions for option in action.option_strings}
    assert completed("highwater", name, "--") == own - {"-h"}


def test_what_has_a_fixed_set_of_values_offers_these() -> None:
    assert completed("highwater", "decisions", "--code", "ra") == {"raise"}
    assert completed("highwater", "calendar", "") == {"put", "show", "remove"}


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "highwater", "completion", "bash"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as ran:  # noqa: S603 - our own command
        assert ran.stdout
        assert ran.stderr
        ran.stdout.close()
        assert ran.stderr.read() == b""
    assert ran.returncode == 1


def test_the_command_prints_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    assert capsys.readouterr().out == SCRIPT
