# SPDX-License-Identifier: BSD-2-Clause
"""Stories of the lab's Postfix alone: what it does without crmrelay is what the other stories compare with."""

LAB = dict(daemons=False, wire=False)


def story_a_login_relays_without_crmrelay(lab):
    """Without crmrelay the CRM's mail leaves with the return path that the CRM gave."""
    to, sender = lab.to(), f"{lab.unique('return')}@crm.test"
    assert lab.crm().send(to, sender=sender).accepted
    assert lab.recipient.wait_for(to).sender == sender


def story_a_bounce_of_postfix_reaches_the_crm(lab):
    """Without crmrelay Postfix's own report goes to the CRM's return path, with the CRM's ENVID."""
    to, sender = lab.to("nobody"), f"{lab.unique('return')}@crm.test"
    assert lab.crm().send(to, sender=sender, mail_options="ENVID=campaign-7").accepted
    bounce = lab.catcher.wait_for(sender)
    assert bounce.sender == ""
    assert bounce.report[0]["Original-Envelope-Id"] == "campaign-7"
    assert bounce.report[1]["Status"] == "5.1.1" and bounce.report[1]["Action"] == "failed"


def story_a_stranger_cannot_relay(lab):
    """A client without login gets no further than RCPT, and mail to a local user is delivered all the same."""
    to = lab.to()
    answer = lab.remote().send([to, "alice@example.com"], headers={"Subject": lab.unique("hello")})
    assert answer.rcpts[to].code == 454 and "Relay access denied" in answer.rcpts[to].text, answer
    assert answer.accepted
    lab.maildir("alice").wait_for(lambda message: message["To"].startswith(to))
    assert not lab.recipient.found(to)
