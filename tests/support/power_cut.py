"""A model of a disk after a power cut, which replays the system calls of a program as strace records them.

The disk holds only what POSIX guarantees: a write, once its file is synced, and a name, a new folder or a deletion,
once its parent folder is synced. Any part of the rest may be on the disk, or none: a file system may write in another
order, and tear a write between two sectors.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

#: The system calls that change or sync a file or a folder. Those that the model does not know raise an error.
_TRACED = (
    "openat,creat,close,lseek,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,sync_file_range,"
    "copy_file_range,sendfile,fsync,fdatasync,mkdir,mkdirat,rmdir,rename,renameat,renameat2,link,linkat,symlink,"
    "unlink,unlinkat"
)
_CALL = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>)?")
_OPENED = re.compile(r"(\d+)<([^>]*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_SECTOR = 512
#: How many bytes of a write strace prints: more than any page, frame or file of the tests has.
_LONGEST = 1 << 20


@dataclass(frozen=True)
class Call:
    """A successful system call. `opened`: file descriptor and path of its file. `texts`: its quoted arguments."""

    name: str
    arguments: str
    opened: tuple[int, Path] | None
    texts: tuple[bytes, ...]
    result: int
    made: Path | None  # the path that it opened

    @property
    def last_number(self) -> int:
        """The last argument."""
        return int(self.arguments.rpartition(", ")[2])


@dataclass(eq=False)
class File:
    """The content of a file as programs see it, the content that is surely on the disk, and writes since."""

    seen: bytearray = field(default_factory=bytearray)
    synced: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, bytes | None]] = field(default_factory=list)  # position and data; None: truncated there

    def write(self, at: int, data: bytes | None) -> None:
        """Write data at a position, or truncate the file there."""
        _put(self.seen, at, data)
        self.since.append((at, data))

    def sync(self) -> None:
        """Put the whole content on the disk."""
        self.synced, self.since = bytearray(self.seen), []

    def after_cut(self, chance: Random | None) -> bytes:
        """Return the content on the disk: what was synced and, if `chance` is given, random sectors of the rest."""
        left = bytearray(self.synced)
        for at, data in self.since if chance else ():
            for start in range(0, len(data or b""), _SECTOR) or [0]:
                if chance.random() < 0.5:
                    _put(left, at + start, None if data is None else data[start : start + _SECTOR])
        return bytes(left)


@dataclass(frozen=True)
class Folder:
    """A folder, which has no content of its own."""


class Disk:
    """A folder on a disk: its present content, and the calls that change it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[Path, File | Folder] = {folder: Folder()}  # as programs see them
        for path in folder.rglob("*"):
            content = bytearray() if path.is_dir() else bytearray(path.read_bytes())
            self._names[path] = Folder() if path.is_dir() else File(content, bytearray(content))
        self._lasting = dict(self._names)  # surely on the disk
        self._since: list[dict[Path, File | Folder | None]] = []  # changes of each call since; None: removed
        self._at: dict[int, int] = {}  # where the next write to an open file goes

    def apply(self, call: Call) -> None:
        """Apply one call. Raise NotImplementedError for a call that this model does not know."""
        paths = [Path(text.decode("latin1")) for text in call.texts]
        if call.name in ("openat", "creat"):
            self._open(call)
        elif call.opened is not None and self._holds(call.opened[1]):
            self._change(call, *call.opened)
        elif call.name == "mkdir" and self._holds(paths[0]):
            self._rename({paths[0]: Folder()})
        elif call.name == "rename" and self._holds(paths[1]):
            self._rename({paths[0]: None, paths[1]: self._names[paths[0]]})
        elif call.name == "unlink" and self._holds(paths[0]):
            self._rename({paths[0]: None})
        elif call.opened is None and any(map(self._holds, paths)):
            raise NotImplementedError(f"{call.name} of {paths}")

    def after_cut(self, folder: Path, chance: Random | None = None) -> None:
        """Write the disk's content into an empty folder: what was synced and, with `chance`, some of the rest."""
        lasting: dict[Path, File | Folder | None] = dict(self._lasting)
        for changed in self._since[: chance.randint(0, len(self._since)) if chance else 0]:
            lasting.update(changed)
        for path, entry in sorted(lasting.items()):
            place = folder / path.relative_to(self._folder)
            if isinstance(entry, File) and place.parent.is_dir():  # otherwise its folder is not on the disk
                place.write_bytes(entry.after_cut(chance))
            elif isinstance(entry, Folder) and place.parent.is_dir():
                place.mkdir(exist_ok=True)

    def _holds(self, path: Path) -> bool:
        return path.is_relative_to(self._folder)

    def _open(self, call: Call) -> None:
        assert call.made is not None
        self._at[call.result] = 0
        if self._holds(call.made):
            if call.made not in self._names:
                self._rename({call.made: File()})
            if "O_TRUNC" in call.arguments:
                self._file(call.made).write(0, None)

    def _change(self, call: Call, number: int, path: Path) -> None:
        match call.name:
            case "write":
                self._file(path).write(self._at[number], call.texts[0][: call.result])
                self._at[number] += call.result
            case "pwrite64":
                self._file(path).write(call.last_number, call.texts[0][: call.result])
            case "lseek":
                self._at[number] = call.result
            case "ftruncate":
                file, size = self._file(path), call.last_number
                longer = size - len(file.seen)
                file.write(*((len(file.seen), bytes(longer)) if longer > 0 else (size, None)))
            case "fsync" | "fdatasync":
                self._sync(path)
            case "close":
                pass
            case _:
                raise NotImplementedError(f"{call.name} of {path}")

    def _file(self, path: Path) -> File:
        file = self._names[path]
        assert isinstance(file, File), f"{path} is a folder"
        return file

    def _rename(self, changed: dict[Path, File | Folder | None]) -> None:
        self._since.append(changed)
        for path, entry in changed.items():
            _set(self._names, path, entry)

    def _sync(self, path: Path) -> None:
        entry = self._names[path]
        if isinstance(entry, File):
            entry.sync()
            return
        here = [changed for changed in self._since if any(name.parent == path for name in changed)]
        self._since = [changed for changed in self._since if changed not in here]
        for changed in here:
            for name, now in changed.items():
                _set(self._lasting, name, now)


def recorded(command: list[str], log: Path, **more: object) -> list[Call]:
    """Run a single-threaded program, and return its calls except failed ones. Raise CalledProcessError if it fails."""
    # With seccomp, only the traced calls stop the program. It needs -f, which puts the process before each call.
    traced = ["strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", str(_LONGEST), "-e", f"trace={_TRACED}"]
    subprocess.run([*traced, "-o", str(log), *command], check=True, **more)  # type: ignore[call-overload]
    return list(_calls(log.read_text(encoding="ascii")))


def _calls(log: str) -> Iterator[Call]:
    for line in log.splitlines():
        if (found := _CALL.match(line)) and not found[3].startswith("-"):
            name, arguments, result, made = found.groups()
            opened = _OPENED.match(arguments)
            texts = [(_bytes(text), cut) for text, cut in _TEXT.findall(arguments)]
            assert not any(cut for _text, cut in texts), f"a call of more than {_LONGEST} bytes"
            yield Call(
                name,
                arguments,
                (int(opened[1]), _path(opened[2])) if opened else None,
                tuple(text for text, _cut in texts),
                int(result),
                _path(made) if made else None,
            )


def _path(text: str) -> Path:
    return Path(_bytes(text).decode("latin1"))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _set(names: dict[Path, File | Folder], path: Path, entry: File | Folder | None) -> None:
    if entry is None:
        names.pop(path, None)
    else:
        names[path] = entry


def _put(content: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del content[at:]
        return
    content.extend(bytes(max(0, at - len(content))))
    content[at : at + len(data)] = data
