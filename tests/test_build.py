"""The build's hook: with a compiler there is a native sender, without one there is none, and no harm done."""

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


class Hook:
    """Stands for hatchling's class, which is there only while a wheel is built."""

    root = ""
    target_name = "wheel"

    def __class_getitem__(cls, _item: object) -> type["Hook"]:
        return cls

    @property
    def app(self) -> "Hook":
        return self

    def display_info(self, text: str) -> None:
        self.said = text

    display_warning = display_info


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The hook, for a copy of what it compiles."""
    interface = ModuleType("hatchling.builders.hooks.plugin.interface")
    interface.BuildHookInterface = Hook  # type: ignore[attr-defined] # the one name that the hook wants
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    source = tmp_path / module.SENDER
    source.parent.mkdir(parents=True)
    shutil.copy(ROOT / module.SENDER, source)
    made = module.BuildHook()
    made.root = str(tmp_path)
    made.built = tmp_path / module.BUILT_SENDER
    return made


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.parametrize("compiler", ["cc", "cc -pipe"])
def test_an_editable_install_gets_the_sender(hook: Any, monkeypatch: pytest.MonkeyPatch, compiler: str) -> None:
    monkeypatch.setenv("CC", compiler)
    data: dict[str, Any] = {"artifacts": []}
    hook.initialize("editable", data)
    assert hook.built.exists()
    assert len(data["artifacts"]) == 1
    assert "tag" not in data


def test_without_a_compiler_there_is_no_sender_not_even_an_old_one(hook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    hook.built.write_bytes(b"of an earlier build")
    data: dict[str, Any] = {"artifacts": []}
    hook.initialize("editable", data)
    assert not hook.built.exists()
    assert data == {"artifacts": []}
    assert "No C compiler" in hook.said


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_a_source_that_does_not_compile_is_told_and_stops_nothing(hook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "cc")
    (Path(hook.root) / "src/collabchat/live/sender.c").write_text("int main(")
    data: dict[str, Any] = {"artifacts": []}
    hook.initialize("editable", data)
    assert data == {"artifacts": []}
    assert "without its native sender" in hook.said
