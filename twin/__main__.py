"""`python -m twin`: see `--help`."""

import sys

from twin.commands import parser


def main(argv: list[str] | None = None) -> int:
    """Run a command. Return 0 when it went well, 1 when a day broke a promise; bad input exits with 2."""
    command_line = parser()
    args = command_line.parse_args(argv)
    if "run" not in args:
        command_line.print_help(sys.stderr)
        return 2
    try:
        return int(args.run(args))
    except (ValueError, OSError) as error:
        command_line.exit(2, f"twin: {error}\n")


if __name__ == "__main__":
    sys.exit(main())
