"""Public keys by URL: a JWK Set (RFC 7517), or what an issuer publishes (OIDC Discovery 1.0).

    fetch_jwks(url)           the key set at a URL
    keys_for(url, kid=…)      the same, asked once more when it does not hold the kid
    discover(issuer)          where an issuer publishes its key set

The rules that bind every request here:

- https, and http only to this machine; no credentials or fragment in a URL; at most 3 redirects,
  none to http or from elsewhere to this machine. A discovered `jwks_uri` obeys the same.
- One deadline over everything, from the name look-up to the last byte; at most 1 MiB; status 200;
  no compression; no cookies. No proxy: the environment is not read.
- What arrives is believed only as far as the URL's certificate goes: private and symmetric keys in
  a public set are not used, and nothing in a document leads to another request but `jwks_uri`.
- Whatever a server does, the outcome is keys or one `NetworkUnavailable`.

Each module adds one idea: `urls` what may be asked, `connection` and `download` one bounded
request, `failures` its errors, `cache` the file that remembers it, `obtain` when to ask again;
`jwks` and `discovery` are the two readers.
This package is imported only when a URL was named: it loads ssl and http.client.
"""

from authcli.keys.remote.discovery import Discovered, discover
from authcli.keys.remote.jwks import Fetched, fetch_jwks, keys_for

__all__ = ["Discovered", "Fetched", "discover", "fetch_jwks", "keys_for"]
