# SPDX-License-Identifier: BSD-2-Clause
"""Gives one request on standard input to django-anymail's Mailgun view, its signature check on, and prints the event that it makes of it, or "refused"."""
import json
import sys

import django
from django.conf import settings

settings.configure(ANYMAIL={"MAILGUN_WEBHOOK_SIGNING_KEY": sys.argv[1]}, INSTALLED_APPS=["anymail"], ALLOWED_HOSTS=["*"], SECRET_KEY="of no use here")
django.setup()

from anymail.signals import tracking                                   # noqa: E402
from anymail.webhooks.mailgun import MailgunTrackingWebhookView        # noqa: E402
from django.core.exceptions import SuspiciousOperation                 # noqa: E402
from django.test import RequestFactory                                 # noqa: E402

told = []


def keep(sender, event, esp_name, **_):
    told.append({"type": event.event_type, "recipient": event.recipient, "message_id": event.message_id, "event_id": event.event_id, "reject_reason": event.reject_reason,
                 "description": event.description, "mta_response": event.mta_response, "metadata": event.metadata})


tracking.connect(keep)
request = RequestFactory().post("/anymail/mailgun/tracking/", data=sys.stdin.buffer.read(), content_type="application/json")
try:
    response = MailgunTrackingWebhookView.as_view()(request)
except SuspiciousOperation:
    print("refused")
else:
    assert response.status_code == 200 and len(told) == 1, (response, told)
    print(json.dumps(told[0]))
