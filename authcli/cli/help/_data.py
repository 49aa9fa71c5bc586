"""The texts that lie beside this module."""

from pkgutil import get_data

__all__ = ["read_text"]


def read_text(name: str) -> str:
    """Return a file of this package; from a zip file, too."""
    data = get_data(__package__, name)
    if data is None:
        raise FileNotFoundError(name)
    return data.decode("utf-8")
