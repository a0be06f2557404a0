# SPDX-License-Identifier: BSD-2-Clause
"""The main story: out, refused, home, told. It runs with the sanitizers, too."""
import csv

from judge import relayed, token_of

LAB = {}


def story_a_message_goes_out_bounces_and_comes_home(lab):
    """My CRM logs in over TLS and writes to two people; one address does not exist, and the CRM's own bounce server hears of exactly that one."""
    good, bad, sender = lab.to(), lab.to("nobody"), f"{lab.unique('return')}@crm.test"
    result = lab.crm().send([good, bad], sender=sender, from_header="Sales <sales@example.com>", mail_options="ENVID=campaign-7",
                            headers={"Message-ID": f"<{lab.unique('main')}@crm.test>"})
    seen = relayed(lab, result, good)
    token, ours = token_of(seen), seen.sender
    assert seen.options["RET"] == "HDRS", seen.options
    assert bad in [rcpt.address for rcpt in seen.refused], seen
    leaves_as_it_came(seen, sender, token)

    home = lab.catcher.wait_for(sender)
    comes_home(lab, home, bad, good, sender, token)
    lab.postfix.wait_empty()
    assert len(lab.catcher.found(sender)) == 1

    relay = lab.events.wait("relayed", id=result.queue_id)
    wanted = {"domain": "example.com", "client": "127.0.0.17", "login": "crm@example.com", "from": "<sales@example.com>", "return_path": f"<{ours}>", "rcpt": "2"}
    assert {name: relay.get(name) for name in wanted} == wanted, relay
    assert lab.events.wait("bounce", token=token)["recipient"] == f"<{bad}>"
    back = lab.events.wait("handed-back", token=token)
    assert (back["to"], back["status"]) == (f"<{sender}>", "queued") and back["queue_id"] in lab.postfix.log(), back


def leaves_as_it_came(seen, sender, token):
    """But for the envelope the message is the CRM's, and the remote reads nothing of the CRM's return path."""
    assert seen.header("From") == "Sales <sales@example.com>" and seen.content.endswith(b"\r\n\r\nHello from the CRM.\r\n"), seen.content
    assert sender.encode() not in seen.content and token.encode() not in seen.content


def comes_home(lab, home, bad, good, sender, token):
    """The report is the CRM's again: its return path, its ENVID, one recipient."""
    assert home.sender == "" and home.header("To") == sender, (home.sender, home.header("To"))
    first, *blocks = home.report
    assert first["Original-Envelope-Id"] == "campaign-7", first
    assert [(block["Action"], block["Status"]) for block in blocks] == [("failed", "5.1.1")], blocks
    assert bad in blocks[0]["Final-Recipient"] and "No such user here" in blocks[0]["Diagnostic-Code"]
    assert good not in str(blocks) and "Subject: News from the CRM" in home.returned
    assert token.encode() not in home.content.lower() and f"<{sender}>" in home.returned, home.content.decode()


def story_the_administrator_can_follow_it(lab):
    """With crmrelayctl I find the message by token, queue id and Message-ID, see each leg of its way, and see the bounce in the lists."""
    bad, sender, message_id = lab.to("nobody"), f"{lab.unique('return')}@crm.test", f"<{lab.unique('trace')}@crm.test>"
    before = lab.daemons.ctl("status", "--json").json[0]["today"]
    result = lab.crm().send(bad, sender=sender, mail_options="ENVID=c8 RET=FULL", headers={"Message-ID": message_id})
    token = token_of(lab.recipient.wait_for_attempt(bad))
    lab.catcher.wait_for(sender)
    back = lab.events.wait("handed-back", token=token)

    for name in (token, f"{token.upper()}@bounce.example.com", result.queue_id, message_id):
        trace = lab.daemons.ctl("trace", "--json", name)
        assert trace.code == 0, trace
        assert [message["token"] for message in trace.json] == [token], trace
    relay, bounce, told = trace.json[0]["steps"]
    assert [relay["what"], bounce["what"], told["what"]] == ["relayed", "bounce", "hand-back"], trace
    wanted = {"client": "127.0.0.17", "login": "crm@example.com", "from": "sales@example.com", "recipient": bad, "queue_id": result.queue_id,
              "CRM's_return_path": f"<{sender}>", "CRM's_ENVID": "c8", "CRM's_RET": "FULL", "new_return_path": f"<{token}@bounce.example.com>"}
    assert {name: relay["details"].get(name) for name in wanted} == wanted, relay
    assert (bounce["details"]["recipient"], bounce["details"]["status"], bounce["details"]["matched_by"]) == (bad, "5.1.1", "return-path"), bounce
    assert (told["details"]["to"], told["details"]["state"], told["details"]["queue_id"]) == (f"<{sender}>", "queued", back["queue_id"]), told
    text = lab.daemons.ctl("trace", token)
    assert all(word in text.out for word in ("relayed", "bounce", "hand-back", bad, sender, "5.1.1")), text

    status = lab.daemons.ctl("status", "--json").json
    assert [(domain["domain"], domain["state"], domain["outbox"]) for domain in status] == [("example.com", "active", 0)], status
    now = status[0]["today"]
    assert (now["relayed"] - before["relayed"], now["bounced"] - before["bounced"]) == (1, 1), (before, now)
    assert status[0]["last_bounce"]["recipient"] == bad and status[0]["last_relayed"]["queue_id"] == result.queue_id
    assert "example.com" in lab.daemons.ctl("status").out and bad in lab.daemons.ctl("status", "example.com").out

    event = lab.daemons.ctl("bounces", "--json").json[0]
    assert (event["type"], event["domain"], event["failure"]["recipient"], event["failure"]["status"]) == ("bounce", "example.com", bad, "5.1.1"), event
    assert (event["message"]["token"], event["message"]["message_id"], event["message"]["sender"]) == (token, message_id, sender), event
    rows = list(csv.DictReader(lab.daemons.ctl("bounces", "--csv", "--since", "1h", "--domain", "example.com").out.splitlines()))
    assert (rows[0]["recipient"], rows[0]["status"], rows[0]["token"]) == (bad, "5.1.1", token), rows[0]
    assert lab.daemons.ctl("trace", "no-such-message").code == 1
