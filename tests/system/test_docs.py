"""The pages name only what is there: files, headings, make targets, and commands with their options."""

import re
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import pytest

import bench.__main__
import highwater.__main__
import twin.__main__

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob(".github/**/*.md")])
SOURCES = ("bench", "chalicelib", "cloudformation", "highwater", "rdb", "tests", "twin")
# What a build makes, and what is the reader's own.
NOT_OURS = (
    "out/*",
    "dist/*",
    ".venv*",
    "rdb.q",
    "schema.q",
    "writer.q",
    "slack.yaml",
    "pagerduty.yaml",
    "minutes.q",
    "contract.q",
    "queue.q",
    "queue/",
    "r.q",
    "tick.q",
)
# The changelog speaks of earlier versions too.
CURRENT = [page for page in PAGES if page.name != "CHANGELOG.md"]

PROGRAMS: dict[str, Callable[[list[str]], int]] = {
    "python -m twin": twin.__main__.main,
    "python -m bench": bench.__main__.main,
    "bin/highwater": highwater.__main__.main,
}

CODE = re.compile(r"```.*?^```|`[^`\n]+`", re.S | re.M)
FILE = re.compile(r"(?<![\w/.*$<-])[\w.-][\w./*-]*(?:\.(?:py|q|yaml|toml|awk|md|service)\b|/)(?!\w)")
LINK = re.compile(r"\]\(([^)\s:]+)\)")
COMMAND = re.compile(r"(python -m twin|python -m bench|\bbin/highwater) ?(?!-)([a-z]*)([^`\n#]*)")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def code(page: Path) -> str:
    """The code of a page, in backticks and fences."""
    return "\n".join(CODE.findall(page.read_text()))


def is_there(name: str, page: Path) -> bool:
    """Tell if a name is a path from the root, from the page, or from a folder of the sources."""
    if any(ROOT.glob(name)) or (page.parent / name).exists():
        return True
    return any(file for folder in SOURCES for file in (ROOT / folder).rglob(name))


def help_of(program: str, command: str, capsys: pytest.CaptureFixture[str]) -> str:
    try:
        status = PROGRAMS[program]([*filter(None, [command]), "--help"])
    except SystemExit as ended:
        status = int(ended.code or 0)
    shown = capsys.readouterr()
    assert status == 0, shown.err
    return shown.out


@pytest.mark.parametrize("page", CURRENT, ids=named)
def test_every_file_and_folder_that_a_page_names_is_there(page: Path) -> None:
    gone = [
        name
        for name in sorted(set(FILE.findall(code(page))))
        if not any(fnmatch(name, other) for other in NOT_OURS) and not is_there(name, page)
    ]
    assert gone == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for link in LINK.findall(page.read_text()):
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (heading and heading not in headings(target)):
            broken.append(link)
    assert broken == []


def headings(page: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_that_a_page_names_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([a-z]+)", code(page))) - targets == set()


@pytest.mark.parametrize("page", CURRENT, ids=named)
def test_every_command_that_a_page_shows_is_there_with_its_options(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = [
        (program, command, option)
        for program, command, rest in COMMAND.findall(code(page))
        for option in re.findall(r"--[a-z][a-z-]*", rest)
        if option not in help_of(program, command, capsys)
    ]
    assert unknown == []
