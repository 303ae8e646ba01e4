"""The environment of the functions: the resources beside them, as the template names them."""

import os

import msgspec


class Environment(msgspec.Struct, frozen=True):
    """Names of the resources beside the functions."""

    queue_url: str
    table: str
    operators_topic: str
    account: str
    partition: str
    url_suffix: str
    region: str

    @classmethod
    def read(cls) -> "Environment":
        """Read the environment: at each call, never at import, since a test client swaps it around a call."""
        return cls(
            queue_url=os.environ["WAKE_UPS_URL"],
            table=os.environ["LEDGER_TABLE"],
            operators_topic=os.environ["OPERATORS_TOPIC"],
            account=os.environ["ACCOUNT"],
            partition=os.environ["PARTITION"],
            url_suffix=os.environ["URL_SUFFIX"],
            region=os.environ["AWS_REGION"],
        )
