"""What AWS said when it was asked and did not answer."""

import re
import textwrap

NO_SUCH_THING = r"Invalid(InstanceType|SubnetID)|NoSuchHostedZone|no matching|couldn't find|not found"


def unanswered(name: str, error: Exception, where: str = "this region") -> str:
    """Why AWS told nothing about a name: there is no such thing, or the question never got so far (IAM, network)."""
    # The engine puts its own words around the plugin's, which may go on for lines.
    reason = str(error).rpartition("returned an error: ")[2].strip().partition("\n")[0]
    reason = textwrap.shorten(reason, 300, placeholder=" …")
    if re.search(NO_SUCH_THING, reason, re.IGNORECASE):
        return f"AWS does not know {name} in {where} ({reason})"
    return f"AWS could not be asked about {name}; see to credentials, permissions and aws:region ({reason})"
