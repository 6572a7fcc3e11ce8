"""A process that stores files and answers in turn: `python -m tests.support.careful_saver FOLDER ID SAVES`.

Each answer is the digest of the file stored just before, and is acknowledged once it is committed. An optional last
argument, a value of `PRAGMA synchronous`, replaces the one that the tool sets.
"""

import os
import sys

from sqlalchemy import event
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.file_storage import open_file_storage
from tests.support.stores import NOON

#: Names of the database and of the folder of files in FOLDER.
DATABASE, FILES = "article34.db", "files"


def main() -> None:
    """Store SAVES files and answers."""
    folder, assessment, saves, *synchronous = sys.argv[1:]
    engine, files = store.open_database(f"sqlite:///{folder}/{DATABASE}"), open_file_storage(f"{folder}/{FILES}")
    if synchronous:
        event.listen(
            engine, "checkout", lambda connection, *_: connection.execute(f"PRAGMA synchronous={synchronous[0]}")
        )
    for number in range(int(saves)):
        digest = files.put(f"evidence {number}".encode())
        with Session(engine) as session, session.begin():
            edit = store.AnswerEdit(f"q{number}", digest)
            store.save_answers(session, int(assessment), [edit], by=None, at=NOON)
        os.write(1, digest.encode())


if __name__ == "__main__":
    main()
