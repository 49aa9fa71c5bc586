"""Entry point; free of imports that a command may not need.

The collector is off while modules load, because start-up only allocates, and never scans what
start-up built. The process ends without tearing the interpreter down: what was to be written was
flushed, and nothing waits for `atexit`. Of what Typer imports, that which hardly any command uses
is left for the one that does. Of `import typer`'s 55 ms all this saves 18.
"""

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main() -> None:
    """Run `authcli` and end the process with its exit code."""
    gc.disable()
    code = _run()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass  # its reader went away, or it was closed: what counted was flushed by its writer
    os._exit(code)


def _run() -> int:
    if sys.argv[1:] in (["--version"], ["-V"]):
        from authcli import __version__

        try:
            os.write(1, f"authcli {__version__}\n".encode())
            return 0
        except OSError:  # what fails here fails below too, with a message
            pass
    if hasattr(sys, "set_lazy_imports"):  # Python 3.15, PEP 810
        sys.set_lazy_imports("all")
    try:
        if "_AUTHCLI_COMPLETE" in os.environ:  # TAB: before Typer, which would answer in its way
            from authcli.cli._complete import main as complete

            return complete(sys.argv[1:])
        if not hasattr(sys, "set_lazy_imports"):
            _import_typer()
        from authcli.cli import main as run

        gc.freeze()
        gc.enable()
        return run()
    except KeyboardInterrupt:  # while modules were loading
        return 130


#: What Typer imports and hardly ever uses, with the names that it takes out of it.
_LATER = {
    **dict.fromkeys(("bz2", "ipaddress", "lzma", "platform", "shellingham", "subprocess"), ()),
    **dict.fromkeys(("tokenize", "zlib"), ()),
    "difflib": ("get_close_matches",),
    "traceback": ("FrameSummary", "StackSummary"),
    "uuid": ("UUID",),
}


class _Later(type(sys)):  # type: ignore[misc]
    """Stands for a module, and imports it when something of it is asked for."""

    def __getattr__(self, name: str) -> "Any":
        if name == "__path__":  # which `from … import` looks for first, and a package has
            raise AttributeError(name)
        from importlib import import_module

        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


class _LaterName:
    """Stands for a function or class of such a module."""

    def __init__(self, module: _Later, name: str) -> None:
        self._module = module
        self._name = name

    def __getattr__(self, name: str) -> "Any":
        return getattr(self._module.__getattr__(self._name), name)

    def __call__(self, *given: "Any") -> "Any":
        return self._module.__getattr__(self._name)(*given)


def _import_typer() -> None:
    """Import Typer without what it hardly ever uses; what comes after it has the real modules."""
    stand_ins = {name: _Later(name) for name in _LATER.keys() - sys.modules.keys()}
    for module, stand_in in stand_ins.items():
        for name in _LATER[module]:
            setattr(stand_in, name, _LaterName(stand_in, name))
    if "gettext" not in sys.modules:  # Typer has no translations, and looks for them in files
        stand_ins["gettext"] = _Later("gettext")
        setattr(stand_ins["gettext"], "gettext", str)  # noqa: B010 - mypy knows no such attribute
    sys.modules.update(stand_ins)
    import typer.main  # noqa: F401

    for module, stand_in in stand_ins.items():
        if sys.modules.get(module) is stand_in:
            del sys.modules[module]


if __name__ == "__main__":
    main()
