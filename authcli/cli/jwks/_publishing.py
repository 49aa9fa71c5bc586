"""Where a JWKS is written, and what is said of it then; and `authcli jwks publish`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from authcli.cli._messages import note, warn
from authcli.cli._output import emit
from authcli.cli._store import at_ms, opened
from authcli.errors import InvalidInput

if TYPE_CHECKING:
    from authcli.cli._run import Run
    from authcli.signing.publication import Published
    from authcli.signing.repository import Publication

__all__ = ["place_of", "publish_keys", "published_facts", "say_served"]


def publish_keys(
    run: Run, *, issuer: str | None, jwks_uri: str | None, store: str | None, actor: str | None
) -> None:
    """Write the JWKS where `-o` says, and record it.

    Raises:
        InvalidInput: no `-o`, an issuer that is no URL.
        NotFound: there are no managed keys.
        Conflict: something else stands there.
        AuthError: it cannot be written; then nothing is recorded.
    """
    from authcli.cli.jwks._showing import refuse_where_no_keys
    from authcli.signing.publication import publish

    if run.output is None:
        raise InvalidInput(
            "where to? a publication has a place",
            hint="authcli jwks publish -o public/; to print the JWKS: authcli jwks export",
        )
    refuse_where_no_keys(run, store)
    place = place_of(run, f"{run.output}/" if run.into_folder else str(run.output))
    with opened(run, store, write=True, actor=actor, create=False) as found:
        published = publish(
            found.signing_keys,
            place,
            issuer=issuer,
            jwks_uri=jwks_uri,
            force=run.force,
            at_ms=at_ms(run),
        )
        places = found.signing_keys.publications()
    emit(
        run._replace(output=None),
        published_facts(published) or {},
        plain="\n".join(str(path) for path in published.files),
        human=lambda _: _words(published),
    )
    say_served(run, published)
    if place.is_dir() and len(published.files) == 1:
        note(run, "no discovery document without an issuer that is a URL: --iss URL")
    _say_of_others(run, published, places)


def place_of(run: Run, text: str) -> Path:
    """Return the file or folder that a JWKS goes to; a name that ends in "/" is made a folder.

    Raises:
        InvalidInput: the folder that it is in does not exist; stdout, which is no place.
        AuthError: the folder cannot be made.
    """
    if text == "-":
        raise InvalidInput(
            "a publication has a place: a file or a folder",
            hint="to print the JWKS: authcli jwks export",
        )
    place = Path(text).expanduser()
    if text.endswith("/"):
        try:
            place.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            from authcli.files import cannot_write

            raise cannot_write(text, error) from None
    if not place.is_dir() and not place.parent.is_dir():
        raise InvalidInput(
            f"there is no folder {ascii(str(place.parent))[1:-1]} to publish in",
            hint="a name that ends in / is made",
        )
    return place


def published_facts(published: Published | None) -> dict[str, Any] | None:
    """Return the members of a publication."""
    if published is None:
        return None
    return {
        "files": [str(path) for path in published.files],
        "kids": list(published.kids),
        "new": list(published.new),
        "cache_control": published.cache_control,
        "changed": published.changed,
    }


def say_served(run: Run, published: Published) -> None:
    """Say under which header the JWKS is to be served."""
    note(run, f"serve {published.files[0]} under Cache-Control: {published.cache_control}")


def _words(published: Published) -> str:
    from authcli.cli._text import visible

    count, new = len(published.kids), len(published.new)
    what = f"{count} key{'s' * (count != 1)}" + (f", {new} of them new" if new else "")
    return f"{visible(str(published.files[0]))}: {what}"


def _say_of_others(run: Run, published: Published, places: list[Publication]) -> None:
    """Say where another JWKS was published that does not hold these keys: verifiers may ask it."""
    for place in places:
        path = Path(place.place)
        if path.is_absolute() and path.exists() and set(published.kids) - set(place.kids):
            warn(run, f"{ascii(place.place)[1:-1]} does not hold all of these keys; publish there")
