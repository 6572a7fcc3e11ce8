"""A mail server on loopback that speaks enough SMTP to accept mails, and rejects what a test wants rejected."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class MailServer:
    """The port and the accepted mails of a mail server. `answers`: by command, a reply in place of the usual one."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    sign_ins: list[str] = field(default_factory=list)


class _Conversation(socketserver.StreamRequestHandler):
    told: MailServer

    def handle(self) -> None:
        """Greet the client, and answer each command until it disconnects."""
        self._say("220 ready")
        sender = to = ""
        while line := self.rfile.readline().decode().strip():
            command, _space, rest = line.partition(" ")
            command = command.upper()
            answer = self.told.answers.get(command)
            if answer is not None:
                self._say(answer)
            elif command == "DATA":
                self._say("354 go on")
                content = self._data()
                self.told.raw.append(content)
                mail = message_from_bytes(content, policy=default)
                assert isinstance(mail, EmailMessage)
                self.told.mails.append(mail)
                self.told.envelopes.append((sender, to))
                self._say("250 taken")
            elif command == "QUIT":
                self._say("221 bye")
                return
            elif command == "EHLO":
                self._say("250-mail.example.org\r\n250-AUTH PLAIN\r\n250 SMTPUTF8")
            elif command == "AUTH":
                self.told.sign_ins.append(rest)
                self._say("235 welcome")
            else:
                if command == "MAIL":
                    sender = rest.partition(":")[2].split()[0].strip("<>")
                if command == "RCPT":
                    to = rest.partition(":")[2].split()[0].strip("<>")
                self._say("250 ok")

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a mail server, and yield it."""
    told = MailServer()
    handler = type("Conversation", (_Conversation,), {"told": told})
    with _Listener(("127.0.0.1", 0), handler) as listener:
        told.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield told
        finally:
            listener.shutdown()
            thread.join()
