"""Builds what is not Python into the package: the widget, so that a wheel needs no Node, and the native sender."""

import os
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags

SENDER = "src/collabchat/live/sender.c"
BUILT_SENDER = "src/collabchat/live/_sender.abi3.so"


class BuildHook(BuildHookInterface[Any]):
    """Runs both builds for a wheel; for an editable install only the sender's, as `make widget` does the other."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build; raises RuntimeError with the remedy when npm is missing. Without a compiler, there is no sender."""
        if self.target_name != "wheel":
            return
        if version != "editable":
            self._build_widget()
        if self._build_sender():
            build_data["artifacts"].append(BUILT_SENDER)
            if version != "editable":
                build_data["pure_python"] = False
                platform = next(
                    tag.platform for tag in sys_tags() if not tag.platform.startswith(("manylinux", "musllinux"))
                )
                build_data["tag"] = f"cp311-abi3-{platform}"

    def _build_widget(self) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("Building collabchat from source needs Node 20 or newer with npm; install it and retry.")
        if not Path(self.root, "node_modules", "esbuild").exists():
            subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=self.root, check=True)  # noqa: S603 - fixed command, no input
        subprocess.run([npm, "run", "--silent", "build"], cwd=self.root, check=True)  # noqa: S603 - fixed command, no input

    def _build_sender(self) -> bool:
        """Compile the native sender for every CPython from 3.11 on; whether that worked."""
        Path(self.root, BUILT_SENDER).unlink(missing_ok=True)
        compiler = shlex.split(os.environ.get("CC", "cc"))
        headers = sysconfig.get_path("include")
        if shutil.which(compiler[0]) is None or not Path(headers, "Python.h").exists():
            self.app.display_info("No C compiler, or no Python.h: collabchat goes without its native sender.")
            return False
        flags = ["-O2", "-Wall", "-Wextra", "-fPIC", "-shared", *_platform_flags()]
        command = [*compiler, *flags, f"-I{headers}", SENDER, "-o", BUILT_SENDER]
        done = subprocess.run(command, cwd=self.root, check=False, capture_output=True, text=True)  # noqa: S603 - fixed command, no input
        if done.returncode:
            self.app.display_warning(f"collabchat goes without its native sender:\n{done.stderr}")
        return done.returncode == 0


def _platform_flags() -> list[str]:
    """On macOS, the interpreter's own symbols are found when the module is loaded."""
    return ["-undefined", "dynamic_lookup"] if sysconfig.get_platform().startswith("macosx") else []
