"""Imports one module changed, and leaves nothing of it on disk."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

__all__ = ["import_changed"]


def import_changed(file: Path, source: str) -> None:
    """From now on, whoever imports that file gets `source`."""
    sys.meta_path.insert(0, _Finder(file, source))


class _Finder(MetaPathFinder):
    def __init__(self, file: Path, source: str) -> None:
        self.file = file
        self.source = source

    def find_spec(
        self, fullname: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.rpartition(".")[2] not in (self.file.stem, self.file.parent.name):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin != str(self.file):
            return None
        spec.loader = _Loader(fullname, str(self.file), self.source)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self.source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.source, self.path, "exec", dont_inherit=True)
