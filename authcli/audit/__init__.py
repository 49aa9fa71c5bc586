"""The audit: what was done to a store, by whom, in a chain that shows every later change.

    model         Event, Head                    chain         an HMAC over each event and the last
    journal       what a change says of itself   verification  whether the chain is whole

Who does something says so in a `Journal` while he does it; `Store.audit` reads and verifies.
What is promised, and what is not, stands in `authcli.audit.verification`.
"""

from authcli.audit.journal import Journal
from authcli.audit.model import Event, Head
from authcli.audit.verification import Check, Verification

__all__ = ["Check", "Event", "Head", "Journal", "Verification"]
