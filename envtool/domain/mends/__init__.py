"""Which rules `envtool verify --fix` can mend, in the order in which it does.

A later mend of a line that an earlier one changes waits for the next round.
"""

from envtool.domain.mends.channels import defaults
from envtool.domain.mends.dev_tools import dev_tool_in_production
from envtool.domain.mends.duplicates import duplicate
from envtool.domain.mends.environment import pip_without_pip, prefix_key
from envtool.domain.mends.mend import Mender
from envtool.domain.mends.pins import direct, wildcard

MENDERS = (
    Mender("env.prefix-key", prefix_key),
    Mender("env.duplicate", duplicate),
    Mender("pins.wildcard", wildcard),
    Mender("env.pip-without-pip", pip_without_pip),
    Mender("env.dev-tool-in-production", dev_tool_in_production),
    Mender("channels.defaults", defaults, safe=False),
    Mender("pins.direct", direct, safe=False),
)
BY_RULE = {mender.rule: mender for mender in MENDERS}
