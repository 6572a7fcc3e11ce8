"""The process that does one long job: `python -m compliance.web.job_process NUMBER LEASE`, which `background` starts.

It takes its settings from the environment, and ends when the job or its input does.
"""

import os
import sys
import threading

from compliance.store.database_faults import outage
from compliance.web.database import store_engine
from compliance.web.installation import InstallationError, open_installation
from compliance.web.jobs import do_taken_job
from compliance.web.logs import start_logging


def main() -> None:
    """Do the job whose number and lease are the arguments. Exit with 1 if it has to be started again."""
    stopping = threading.Event()

    def stop_with_input() -> None:
        os.read(sys.stdin.fileno(), 1)  # unbuffered: a buffer with a pending read cannot be closed at exit
        stopping.set()

    threading.Thread(target=stop_with_input, daemon=True).start()
    try:
        app = open_installation()
    except InstallationError as fault:
        sys.exit(f"A job cannot be done: {fault}")
    start_logging(app.config["LOG"])
    try:
        do_taken_job(app, int(sys.argv[1]), sys.argv[2], stopping)
    except Exception as fault:  # whatever it is, the job is started again
        if why := outage(fault):
            app.logger.warning("job %s was broken off: database or disk are %s", sys.argv[1], why)
        else:
            app.logger.exception("job %s was broken off", sys.argv[1])
        sys.exit(1)
    finally:
        store_engine(app).dispose()


if __name__ == "__main__":
    main()
