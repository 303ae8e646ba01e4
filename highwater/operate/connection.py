"""The connection to the API: its address and its options, the same for every command."""

import argparse
import os
import time

import boto3

from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, reading
from highwater.deploy.rules.stack_names import CONTROL_PLANE, creation_command
from highwater.operate.api import TIMEOUT, Api
from highwater.operate.sending import is_loopback, signed, unsigned, url_refusal
from highwater.terminal import Refused, refuse
from highwater.values import number

ADDRESS_OUTPUT = "EndpointURL"
URL_VARIABLE = "HIGHWATER_URL"
MOST_SECONDS = 600
sleep = time.sleep


def add_connection(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which API is asked, and how long it may take."""
    parser.add_argument(
        "--url",
        default=os.environ.get(URL_VARIABLE),
        help=f"the API's address (default: {URL_VARIABLE}, or the output of the stack highwater); unsigned "
        "if on this machine, as of `make serve`",
    )
    parser.add_argument(
        "--timeout",
        type=number(1, MOST_SECONDS, whole=True),
        default=TIMEOUT,
        metavar="SECONDS",
        help="how long an answer may take (default: %(default)s)",
    )


def connected(args: argparse.Namespace, session: boto3.Session) -> Api:
    """Return the API that is meant. Raises Refused without an address or credentials."""
    refuse(url_refusal(args.url))
    if is_loopback(args.url):
        return Api(args.url, unsigned(args.timeout), sleep)
    send = signed(session, args.timeout)
    return Api(args.url or address_of(session), send, sleep)


def address_of(session: boto3.Session) -> str:
    """Return the address of the API from the stack of the control plane. Raises Refused."""
    caller = caller_of(session)
    with reading():
        stack = Account(session, caller).stack(CONTROL_PLANE)
    if stack is None or ADDRESS_OUTPUT not in stack.outputs:
        raise Refused(
            f"Stack {CONTROL_PLANE} in {caller.region} has no output {ADDRESS_OUTPUT}: create it with "
            f"`{creation_command(CONTROL_PLANE)}`, or give the API's address with --url."
        )
    return stack.outputs[ADDRESS_OUTPUT]
