"""The commands `package` and `wheel`: build what is deployed, without AWS."""

import argparse
from hashlib import sha256
from pathlib import Path
from typing import Any

from highwater.checkout import ROOT
from highwater.command import Command, add_json
from highwater.deploy.packaging import package, wheel
from highwater.terminal import show


def _package(args: argparse.Namespace, _: Any) -> int:
    return _shown(args, *package.build())


def _wheel(args: argparse.Namespace, _: Any) -> int:
    return _shown(args, wheel.build())


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
    "build the reporter's wheel, for a host image of your own",
    """\
Builds the wheel `highwater-rdb` into dist/: the reporter and the q files, which run on an RDB's
host. `highwater image` does this itself; build it for a host image of your own. AWS is not asked.

Examples:
  highwater wheel
  pip install highwater_rdb-*.whl    on the host; then: highwater-rdb check
""",
    add_json,
    _wheel,
)
