"""A process that only sends mail, to be killed: python sending_process.py DATABASE_URL SMTP_URL."""

import sys
import threading

from notifications.sender import Sender
from planner.database import Database
from planner.settings import Settings

if __name__ == "__main__":
    settings = Settings(secret_keys=("a" * 40,), smtp_url=sys.argv[2])
    Sender(Database(sys.argv[1]), settings).start()
    threading.Event().wait()
