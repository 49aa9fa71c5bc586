"""`docker build` and `docker run` for a Dockerfile whose base image is this machine.

An overlay over `/` is the image, and `chroot` into it the container: RUN and ENTRYPOINT run as they
are written, by the users that they say, and the machine itself is left as it was. What pip would
fetch, the base image has. What a recipe uses and this does not know fails; `--cap-drop` is known
and does nothing, as no user but root has capabilities here.

    python3 -m tests.recipes.image STATE build|run …      as the words of `docker`

Source: docs.docker.com, "Dockerfile reference" and "docker container run".
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.recipes.machine import others

BASE = {"python:3.12-slim"}
#: What the base image brings: this Python, and what authcli and its build need.
BASE_PATH = f"{sys.base_prefix}/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OFFLINE = {
    "PIP_NO_INDEX": "1",
    # pip reads it upside down: this forbids to fetch what builds the wheel.
    "PIP_NO_BUILD_ISOLATION": "0",
    "PIP_CONFIG_FILE": os.devnull,
}

#: Arguments: the folder of the layer, rw or ro, user, folder, volumes, and then the command. Runs
#: in a mount namespace of its own.
ENTER = r"""
set -e
upper=$1 mode=$2 user=$3 folder=$4 volumes=$5; shift 5
root=$upper/merged
mkdir -p "$root" "$upper/layer" "$upper/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$upper/layer,workdir=$upper/work" "$root"
IFS=:
for needed in $NEEDED; do
  mkdir -p "$root$needed"
  [ -n "$(ls "$root$needed")" ] || mount --bind "$needed" "$root$needed"
  while [ "$needed" != / ]; do chmod a+rx "$root$needed"; needed=$(dirname "$needed"); done
done
mount --rbind /dev "$root/dev"
IFS=' '
for volume in $volumes; do
  source=${volume%%:*} rest=${volume#*:}; target=${rest%%:*}
  if [ -d "$source" ]; then mkdir -p "$root$target"
  else mkdir -p "$(dirname "$root$target")"; touch "$root$target"; fi
  mount --bind "$source" "$root$target"
  case $rest in *:ro) mount -o remount,bind,ro "$root$target" ;; esac
done
mkdir -p "$root$folder"
[ "$mode" = rw ] || mount -o remount,ro "$root"
unset NEEDED
exec chroot --userspec="$user" "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
"""


@dataclass
class Image:
    """A built stage: its layer over `/`, and what `docker inspect` would show."""

    layer: str
    env: dict[str, str] = field(default_factory=lambda: {"PATH": BASE_PATH})
    user: str = "0"
    folder: str = "/"
    entrypoint: list[str] = field(default_factory=list)


def entered(
    image: Image, words: list[str], *, layer: Path, options: Namespace | None = None
) -> list[str]:
    """Return the command that runs words in an image; `layer` gets what they write."""
    volumes = options.volume if options else []
    assert not any(re.search(r"\s", volume) for volume in volumes), volumes
    user = (options and options.user) or image.user
    userspec = user if ":" in user else f"{user}:{user}"
    mode = "ro" if options and options.read_only else "rw"
    folder = (options and options.workdir) or image.folder
    net = ["--net"] if options and options.network == "none" else []
    setup = [str(layer), mode, userspec, folder, " ".join(volumes)]
    return ["unshare", "--mount", *net, "sh", "-c", ENTER, "docker", *setup, *words]


def environment(image: Image, names: list[str]) -> dict[str, str]:
    """Return what a process in the image sees, and NEEDED, which `ENTER` uses up."""
    homes = {"0": "/root", "10001": "/home/authcli"}
    given = {name: os.environ[name] for name in names}
    assert not any("=" in name for name in names), "a value on the command line is seen in ps"
    packages = Path(image.layer).with_name("packages")
    if not packages.exists():
        others(packages)
    places = [entry for entry in sys.path if entry.endswith("-packages")]
    needed = ":".join([sys.base_prefix, str(packages), *places])
    kept = {"NEEDED": needed, "HOME": homes.get(image.user, "/"), "PYTHONPATH": str(packages)}
    return {**kept, **OFFLINE, **image.env, **given}


def build(dockerfile: Path, context: Path, state: Path) -> Image:
    """Build the last stage of a Dockerfile."""
    stages: dict[str, Image] = {}
    image = Image("")
    for instruction, rest in _instructions(dockerfile.read_text("utf-8")):
        if instruction == "FROM":
            base, _, name = rest.partition(" AS ")
            assert base in BASE, base
            image = stages[name] = Image(tempfile.mkdtemp(dir=state))
        elif instruction == "ENV":
            name, _, value = rest.partition("=")
            image.env[name] = value.replace("$PATH", image.env["PATH"])
        elif instruction == "USER":
            image.user = rest
        elif instruction == "WORKDIR":
            image.folder = rest
        elif instruction == "ENTRYPOINT":
            image.entrypoint = json.loads(rest)
        elif instruction == "COPY":
            _copy(image, stages, shlex.split(rest), context)
        else:
            assert instruction == "RUN", instruction
            words = ["/bin/sh", "-c", rest]
            command = entered(image, words, layer=Path(image.layer))
            subprocess.run(command, check=True, env=environment(image, []), stdout=sys.stderr)
    return image


def _instructions(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert not any(line.endswith("\\") for line in lines)
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def _copy(image: Image, stages: dict[str, Image], words: list[str], context: Path) -> None:
    """COPY takes the content of a folder, and files into a folder whose name ends in a slash."""
    source = context
    if words[0].startswith("--from="):
        source = Path(stages[words.pop(0).removeprefix("--from=")].layer, "layer")
    *names, target = words
    place = Path(image.layer, "layer", target.lstrip("/"))
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = source / name.lstrip("/")
        subprocess.run(["cp", "-a", f"{path}/." if path.is_dir() else path, place], check=True)


def main(state: Path, words: list[str]) -> int:
    """Do what `docker WORDS` does; return its exit code."""
    parser = ArgumentParser(prog="docker", allow_abbrev=False)
    verbs = parser.add_subparsers(dest="verb", required=True)
    builder = verbs.add_parser("build", allow_abbrev=False)
    for name in ("--tag", "--file"):
        builder.add_argument(name, required=True)
    builder.add_argument("--quiet", action="store_true")
    builder.add_argument("context", type=Path)
    runner = verbs.add_parser("run", allow_abbrev=False)
    for name in ("--rm", "-i", "--read-only"):
        runner.add_argument(name, action="store_true")
    for name in ("--user", "--workdir", "--network", "--cap-drop"):
        runner.add_argument(name)
    for name in ("--env", "--volume"):
        runner.add_argument(name, action="append", default=[])
    runner.add_argument("image")
    runner.add_argument("words", nargs="...")
    options = parser.parse_args(words)
    if options.verb == "build":
        image = build(Path(options.file), options.context, state)
        (state / options.tag).write_text(json.dumps(asdict(image)))
        return 0
    image = Image(**json.loads((state / options.image).read_text()))
    # A copy each: overlays refuse a layer that is below another of theirs, as all are below `/`.
    layer = Path(tempfile.mkdtemp(dir=state))
    subprocess.run(["cp", "-a", f"{image.layer}/layer", layer], check=True)
    command = entered(image, [*image.entrypoint, *options.words], layer=layer, options=options)
    return subprocess.run(
        command,
        stdin=None if options.i else subprocess.DEVNULL,
        env=environment(image, options.env),
    ).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
