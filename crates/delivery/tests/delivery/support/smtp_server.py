"""A mail server for the tests, made of aiosmtpd. It prints its port, then one line of JSON per mail.

What it does depends on the recipient's name: `nobody` is refused for good, `later` for now, `silent` is
never answered. Everything is parsed by Python's own mail parser, so the tests see what a reader sees.
"""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "nobody":
            return "550 5.1.1 no such mailbox"
        if name == "later":
            return "451 4.3.0 try again"
        if name == "silent":
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
        seen = {
            "envelope_to": envelope.rcpt_tos,
            "to": mail["to"].addresses[0].addr_spec,
            "name": mail["to"].addresses[0].display_name,
            "subject": str(mail["subject"]),
            "message_id": str(mail["message-id"]),
            "id": str(mail["quantrac-id"]),
            "type": mail.get_content_type(),
            "text": parts["text/plain"],
            "html": parts["text/html"],
            "defects": [repr(defect) for part in mail.walk() for defect in part.defects],
        }
        print(json.dumps(seen), flush=True)
        return "250 taken"


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler(), hostname="localhost"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Whoever started us holds our input open: we end with them.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(serve())
