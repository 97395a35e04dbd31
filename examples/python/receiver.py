"""Receives webhooks with Python's standard library. Run: PORT=4000 WEBHOOK_SECRET=wbhsec_… python3 receiver.py

In Django, mark the view @csrf_exempt and read request.body; in Flask, read request.get_data() before request.json.
"""

import hashlib
import hmac
import json
import os
import re
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BODY_BYTES = 1024 * 1024
MAX_DROPPED_BYTES = 16 * 1024 * 1024
MAX_HEADER_CHARACTERS = 1024
TOLERANCE_SECONDS = 300
MAX_REMEMBERED_EVENTS = 100_000

# Two secrets, separated by a comma, while the secret is being rotated. Bytes, so that no locale changes them.
SECRETS = [secret for secret in os.environb.get(b"WEBHOOK_SECRET", b"").split(b",") if secret.strip()]


def refuse_signature(values, raw_body):
    """Why the signature is refused, or None when it is right."""
    if len(values) > 1 or any(", " in value for value in values):
        return "header_repeated"
    header = values[0] if values else ""
    if header == "":
        return "header_missing"
    if len(header) > MAX_HEADER_CHARACTERS:
        return "header_malformed"

    # During a rotation there are two groups: t=1700000000,v1=<new> t=1700000000,v1=<old>
    candidates = []
    for group in header.split(" "):
        pairs = [pair.partition("=") for pair in group.split(",")]
        times = [value for key, _, value in pairs if key == "t"]
        # [0-9] only, not \d or isdigit(), which take the digits of every script. A dot in t would let bytes move
        # between the time and the body.
        if len(times) != 1 or not re.fullmatch("[0-9]{1,12}", times[0]):
            continue
        digests = [value for key, _, value in pairs if key == "v1" and re.fullmatch("[0-9a-f]{64}", value)]
        candidates += [(times[0], v1) for v1 in digests]
    if not candidates:
        return "header_malformed"

    # t is the time of this attempt, not of the event: a retry that comes days later is fresh.
    now = int(time.time())
    fresh = [(t, v1) for t, v1 in candidates if abs(now - int(t)) <= TOLERANCE_SECONDS]
    if not fresh:
        return "timestamp_outside_tolerance"

    # Every candidate with every secret, also after a match: the time taken tells nothing.
    is_authentic = False
    for t, v1 in fresh:
        for secret in SECRETS:
            expected = hmac.new(secret, t.encode() + b"." + raw_body, hashlib.sha256).hexdigest()
            is_authentic |= hmac.compare_digest(expected, v1)
    return None if is_authentic else "signature_mismatch"


def parse_event(raw_body):
    """The event and None, or None and the reason why the body is no event. Unknown attributes are no error."""
    try:
        # Decoded here: json.loads takes bytes in UTF-16 and UTF-32 as well.
        text = raw_body.decode("utf-8")
    except UnicodeDecodeError:
        return None, "body_not_utf8"
    try:
        data = json.loads(text)["data"]
        event = {"id": data["id"], "name": data["attributes"]["name"]}
        is_event = data["type"] == "event"
    except (KeyError, TypeError, IndexError):
        return None, "body_not_event"
    except (ValueError, RecursionError):
        return None, "body_not_json"
    is_text = all(isinstance(value, str) and value for value in event.values())
    return (event, None) if is_event and is_text else (None, "body_not_event")


handled_ids = {}
handled_ids_lock = threading.Lock()


def handle_once(event):
    """Do the work once for each event; True means that it was done before.

    Here the work is only remembering the id. In earnest, insert the id into a table (primary key) in the transaction
    that does the work: then work that failed is not remembered, and the retry does it. Order is not promised: keep the
    resource's latest created-at and apply nothing older.
    """
    with handled_ids_lock:
        if event["id"] in handled_ids:
            return True
        handled_ids[event["id"]] = True
        if len(handled_ids) > MAX_REMEMBERED_EVENTS:
            del handled_ids[next(iter(handled_ids))]
        return False


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Seconds that a connection may be silent.
    timeout = 10
    # Headers and body are written apart; without this the second write waits for the first one's acknowledgement.
    disable_nagle_algorithm = True

    def do_POST(self):
        raw_body = self.read_body()
        if raw_body is None:
            return
        refusal = refuse_signature(self.headers.get_all("Persona-Signature", []), raw_body)
        if refusal:
            return self.answer(401, refusal)
        event, refusal = parse_event(raw_body)
        if refusal:
            return self.answer(400, refusal, is_verified=True)
        is_duplicate = handle_once(event)
        self.answer(200, "duplicate" if is_duplicate else "handled", True, event, is_duplicate)

    def refuse_method(self):
        self.close_connection = True
        self.answer(405, "use_post")

    do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = refuse_method

    def read_body(self):
        """The bytes as they arrived, or None when the request is answered already."""
        lengths = self.headers.get_all("Content-Length", ["0"])
        if "Transfer-Encoding" in self.headers or len(lengths) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0]):
            self.close_connection = True
            return self.answer(411, "content_length_required")
        length = int(lengths[0])
        if length > MAX_BODY_BYTES:
            # Read and dropped up to a limit, so that the sender gets the answer and not a reset.
            self.close_connection = True
            for start in range(0, min(length, MAX_DROPPED_BYTES), 65536):
                self.rfile.read(min(65536, length - start))
            return self.answer(413, "body_too_large")
        raw_body = self.rfile.read(length)
        if len(raw_body) < length:
            raise ConnectionResetError("The sender went away in the middle of the body.")
        return raw_body

    def answer(self, status, reason, is_verified=False, event=None, is_duplicate=False):
        attempt = self.headers.get("Persona-Webhook-Attempts-Made", "")
        # Ids and names only: an event may hold personal data, and a log is no place for it.
        print_line(
            json.dumps(
                {
                    "id": event and event["id"],
                    "name": event and event["name"],
                    "duplicate": is_duplicate,
                    "verified": is_verified,
                    "attempt": int(attempt) if re.fullmatch("[0-9]{1,6}", attempt) else None,
                }
            )
        )
        body = f"{reason}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        if status == 405:
            self.send_header("Allow", "POST")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        """The access log of the standard library would print addresses and paths."""


class Server(ThreadingHTTPServer):
    # The standard library's 5 drops connections in a burst.
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def print_line(text):
    # One write, past the buffer that threads share: lines do not mix, and a thread cannot hold its lock at the end.
    os.write(1, f"{text}\n".encode())


def main():
    if not SECRETS:
        sys.exit("Set WEBHOOK_SECRET: with an empty secret anybody could sign.")
    with Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Receiver) as server:
        # shutdown() waits for serve_forever(), which this thread is in.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        print_line(f"listening on http://127.0.0.1:{server.server_port}/")
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
