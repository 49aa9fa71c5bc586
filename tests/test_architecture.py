"""Who may import whom, which library is whose, and how long a module may be.

Every test lists what breaks its rule, so a failure reads as the list of things to mend.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: Package -> the packages that it may import; a package that is not here has no arrow yet. The
#: modules beside them (errors, secret, ...) are the kernel: everyone's, with no library.
ARROWS = {
    "keys": set[str](),
    "passwords": set[str](),
    "otp": set[str](),
    "keychain": set[str](),
    "tokens": {"keys"},
    "audit": set[str](),
    "apikeys": {"audit"},
    "signing": {"keys", "audit"},
    "revocation": {"tokens", "audit"},
    "store": {"apikeys", "audit", "otp", "signing", "revocation"},
    "integrations": {"keys", "tokens"},
    "cli": {
        *("keys", "tokens", "passwords", "otp", "keychain", "apikeys", "audit", "store"),
        *("signing", "revocation"),
    },
}

#: Library -> the modules that may import it; for a library that is not here, none may.
OWNERS = {
    "argon2": ["authcli.passwords.schemes.argon2"],
    "bcrypt": ["authcli.passwords.schemes.bcrypt"],
    "PIL": ["authcli.otp.qr_reading"],
    "cryptography": [
        *("authcli.keys.*", "authcli.tokens.engine.*"),
        *("authcli.passphrase_kdf", "authcli.sealing"),
        "authcli.otp.formats.encryption",
    ],
    "jwt": ["authcli.tokens.engine.rsa"],
    "keyring": ["authcli.keychain.system"],
    "passlib": ["authcli.passwords.schemes.libpass"],
    "platformdirs": ["authcli.cli.*"],
    "psycopg": ["authcli.store.postgres"],
    "pyotp": ["authcli.otp.*"],
    "pytest": ["authcli.integrations.pytest_plugin"],
    "redis": ["authcli.store.redis"],
    "qrcode": ["authcli.otp.qr"],
    "rich": ["authcli.cli.*"],
    "time_machine": ["authcli.integrations.frozen_clock"],
    "typer": ["authcli.__main__", "authcli.cli", "authcli.cli.*"],
    "zxcvbn": ["authcli.passwords.zxcvbn"],
    "zxingcpp": ["authcli.otp.qr_reading"],
}

#: What the library leaves to its caller: the terminal, the environment, logging, exiting.
CALLERS_AFFAIR = {
    *("print", "input", "breakpoint", "exit", "quit", "getpass", "logging"),
    *("os.environ", "os.environb", "os.getenv", "os._exit"),
    *("sys.argv", "sys.exit", "sys.stderr", "sys.stdin", "sys.stdout"),
}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


PATHS = {_name(path): path for path in sorted((ROOT / "authcli").rglob("*.py"))}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in PATHS.items()}
PACKAGES = [name for name, path in PATHS.items() if path.name == "__init__.py"]


def _room(module: str) -> str:
    """Return what lies right under authcli: `keys` for `authcli.keys.model`."""
    return module.split(".")[1] if "." in module else module


def _nodes(tree: ast.AST, *, at_import: bool = False) -> Iterator[ast.AST]:
    """Walk what can run; with `at_import`, only what runs while the module is imported."""
    for node in ast.iter_child_nodes(tree):
        for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        deferred = at_import and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if not for_types and not deferred:
            yield node
            yield from _nodes(node, at_import=at_import)


def _imports(module: str, *, at_import: bool = False) -> set[str]:
    """Return the full names of the modules that `module` imports."""
    found = set()
    for node in _nodes(TREES[module], at_import=at_import):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in TREES else str(node.module) for name in names}
    return found


def test_packages_import_only_along_the_arrows() -> None:
    """Nothing imports the command line; tokens import keys, and never the other way round."""
    assert {_room(name) for name in PACKAGES} - {"authcli"} == ARROWS.keys()
    arrows = {
        (_room(module), _room(name))
        for module in TREES
        for name in _imports(module)
        if _room(module) not in ("authcli", "__main__") and _room(name) in ARROWS
    }
    assert [f"{a} -> {b}" for a, b in sorted(arrows) if b not in {a} | ARROWS.get(a, set())] == []


def test_modules_have_no_cycle_of_imports() -> None:
    """Raises `CycleError`, with the cycle, when there is one."""
    graph = {name: _imports(name, at_import=True) & TREES.keys() for name in TREES}
    assert [*TopologicalSorter(graph).static_order()]


def test_a_library_is_imported_by_its_owner_alone() -> None:
    """A library that is replaced changes its owner; the kernel has none to replace."""
    foreign = {
        (module, library)
        for module in TREES
        for library in {name.split(".")[0] for name in _imports(module)}
        if library not in sys.stdlib_module_names | {"authcli"}
    }
    assert [
        f"{module} imports {library}"
        for module, library in sorted(foreign)
        if not any(fnmatch(module, owner) for owner in OWNERS.get(library, []))
    ] == []


def test_the_library_neither_prints_nor_reads_the_environment_nor_exits() -> None:
    assert [
        f"{module} uses {used}"
        for module, tree in TREES.items()
        if _room(module) not in ("cli", "__main__")
        for used in {
            ast.unparse(n) for n in _nodes(tree) if isinstance(n, ast.Name | ast.Attribute)
        }
        | _imports(module)
        if used in CALLERS_AFFAIR
    ] == []


def test_every_package_lists_what_it_offers() -> None:
    packages = [importlib.import_module(name) for name in PACKAGES]
    assert [
        f"{package.__name__}.{name}"
        for package in packages
        for name in package.__all__
        if not hasattr(package, name)
    ] == []


def test_modules_and_functions_are_short() -> None:
    """A module beyond 300 lines or a function beyond 60 wants to be two; none is `utils`.

    A signature does not count: a command's is the list of its options.
    """
    modules = {name: len(path.read_text("utf-8").splitlines()) for name, path in PATHS.items()}
    functions = {
        f"{name}.{node.name}": int(node.end_lineno or 0) - node.body[0].lineno + 1
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in modules.items() if lines > 300} == {}
    assert {name: lines for name, lines in functions.items() if lines > 60} == {}
    assert [name for name in modules if name.endswith(("utils", "util", "helpers"))] == []
