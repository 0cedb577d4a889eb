"""Builds the widget into the package, so that an installed wheel needs no Node."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WidgetBuildHook(BuildHookInterface[Any]):
    """Runs the widget's build when a wheel is made; an editable install leaves that to `make widget`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build `src/collabchat/static`; raises RuntimeError with the remedy when npm is missing."""
        if self.target_name != "wheel" or version == "editable":
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("Building collabchat from source needs Node 20 or newer with npm; install it and retry.")
        if not Path(self.root, "node_modules", "esbuild").exists():
            subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=self.root, check=True)  # noqa: S603 - fixed command, no input
        subprocess.run([npm, "run", "--silent", "build"], cwd=self.root, check=True)  # noqa: S603 - fixed command, no input
