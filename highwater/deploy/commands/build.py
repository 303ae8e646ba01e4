"""The commands `package` and `wheel`: build what is deployed, without AWS."""

import argparse
from hashlib import sha256
from pathlib import Path
from typing import Any

from highwater.checkout import ROOT
from highwater.command import Command, add_json
from highwater.deploy.packaging import package, wheelhouse
from highwater.terminal import show


def _package(args: argparse.Namespace, _: Any) -> int:
    return _shown(args, *package.build())


def _wheel(args: argparse.Namespace, _: Any) -> int:
    return _shown(args, *wheelhouse.build())


def _shown(args: argparse.Namespace, *files: Path) -> int:
    contents = {str(file.relative_to(ROOT)): file.read_bytes() for file in files}
    show(args, {name: f"{len(of):,} bytes, sha256 {sha256(of).hexdigest()}" for name, of in contents.items()})
    return 0


PACKAGE = Command(
    "package",
    "build the functions' zip and the control plane's template",
    """\
Builds dist/deployment.zip and dist/control-plane.yaml, from which `highwater deploy` creates
the control plane. The same sources always give the same bytes. AWS is not asked.

Example:
  highwater package
""",
    add_json,
    _package,
)
WHEEL = Command(
    "wheel",
    "build the reporter's wheel and wheelhouse, for a host image of your own",
    """\
Builds into dist/ the wheel `highwater-rdb`, which is the reporter and the q files of an RDB's host,
and a wheelhouse: a tar of that wheel and of all that it needs on Linux with Python 3.12, x86-64 or
arm64, with their hashes. A host installs it without a package index. `highwater image` does all
this itself. AWS is not asked.

Example:
  highwater wheel
On the host, in an empty folder:
  tar --extract --file highwater_rdb-*.tar
  pip install --no-index --find-links . --require-hashes -r requirements.txt
  highwater-rdb check
""",
    add_json,
    _wheel,
)
