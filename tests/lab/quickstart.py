#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""One message's journey: out of a CRM, through a private Postfix with crmrelay, refused, and home to the CRM. `./quickstart` starts this.

What it prints is what was seen: the servers' answers, Postfix's log, crmrelay's log, the mail itself. Each leg is checked; the first one that did not happen
ends it with exit status 1 and the ends of all logs. --keep leaves everything running. Loopback only.
"""
import argparse
import os
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lab import Lab, LabError           # noqa: E402
from lab.daemons import CONTROL, DOMAIN, build_folder, translations   # noqa: E402

GOOD, BAD = "reader@dest.test", "nobody@dest.test"
SENDER, ENVID = "return-4711=8a2f@crm.test", "campaign-7"
FROM, MESSAGE_ID = "Sales <sales@example.com>", "<4711.news@crm.test>"
DEADLINE = 60
PRESETS = Path(__file__).resolve().parents[2] / "conf/crm"
BOLD, PLAIN = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")


class Missed(Exception):
    """A leg that did not happen as it should; says why."""


def check(holds, why):
    if not holds:
        raise Missed(why)


def show(label, text):
    """A label, and lines beside it."""
    for number, line in enumerate(str(text).splitlines() or [""]):
        print(f"   {label if number == 0 else '':<20} {line}")


def short(line):
    """A log line without time, host and delays; the token's middle is left out."""
    line = re.sub(r"^\w{3} [ \d]\d [\d:]{8} \S+ |delays?=[\d./]+, ", "", line)
    return re.sub(r"<([a-z2-7]{4})[a-z2-7]{32}([a-z2-7]{4})@", r"<\1...\2@", line)


class Journey:
    def __init__(self, lab):
        self.lab = lab
        self.legs, self.leg = 0, "starting"
        self.result = self.seen = self.token = self.home = self.back = None

    def run(self):
        for leg in (self.crm_sends, self.postfix_takes_it, self.recipient_answers, self.postfix_bounces, self.bounced_takes_it, self.crm_is_told,
                    self.it_can_be_traced, self.the_day_so_far):
            self.legs, self.leg = self.legs + 1, leg.__doc__
            print(f"\n{BOLD}{self.legs}. {leg.__doc__}{PLAIN}", flush=True)
            leg()

    def crm_sends(self):
        """The CRM sends: STARTTLS, login, two recipients"""
        crm = self.lab.crm(timeout=DEADLINE)
        self.result = crm.send([GOOD, BAD], sender=SENDER, from_header=FROM, mail_options=f"ENVID={ENVID}", headers={"Message-ID": MESSAGE_ID})
        show("connects", f"{crm.address} -> 127.0.0.1:{crm.port}, login {crm.login}")
        steps = [("AUTH PLAIN", self.result.auth), (f"MAIL FROM:<{SENDER}> ENVID={ENVID}", self.result.mail)]
        steps += [(f"RCPT TO:<{address}>", reply) for address, reply in self.result.rcpts.items()]
        for command, reply in [*steps, (f"DATA  From: {FROM}", self.result.data)]:
            show("CRM", command)
            show("  is answered", reply)
        check(self.result.accepted and self.result.queue_id, f"Postfix did not accept the message: {self.result}")

    def postfix_takes_it(self):
        """crmrelay grants it and gives it a return path of our own; Postfix queues it"""
        relayed = self.lab.events.wait("relayed", DEADLINE, id=self.result.queue_id)
        line = self.lab.postfix.log_wait(rf"^.*qmgr.*: {self.result.queue_id}: from=<([a-z2-7]{{40}})@bounce\.example\.com>.*queue active.*$", DEADLINE)
        self.token = line[1]
        show("policyd's log", f"{self.result.queue_id}: relayed domain={relayed['domain']} client={relayed['client']} login={relayed['login']} "
                              f"from={relayed['from']}")
        show("Postfix's log", short(line[0]))
        show("return path", f"<{SENDER}>")
        show("  became", f"<{self.token}@bounce.example.com>")
        check(relayed["return_path"] == f"<{self.token}@bounce.example.com>", f"policyd logged another return path: {relayed}")

    def recipient_answers(self):
        """The recipients' server takes one and refuses the other"""
        seen = self.seen = self.lab.recipient.wait_for(GOOD, DEADLINE)
        refused = {rcpt.address: rcpt.reply for rcpt in seen.refused}
        show("dest.test saw", f"MAIL FROM:<{seen.sender}> ENVID={seen.options.get('ENVID')} RET={seen.options.get('RET')}")
        show(GOOD, seen.reply)
        show(BAD, refused.get(BAD, "not refused"))
        show("From", seen.header("From"))
        check(seen.sender == f"{self.token}@bounce.example.com" and seen.options.get("ENVID") == self.token, "the message did not leave with the token")
        check(seen.recipients == [GOOD] and refused.get(BAD, "").startswith("550 5.1.1"), f"one taken and one refused was expected: {seen}")
        check(SENDER.encode() not in seen.content, "the message tells the recipient the CRM's return path")

    def postfix_bounces(self):
        """Postfix reports the failure to the return path"""
        refusal = self.lab.postfix.status_wait(BAD, "bounced", DEADLINE)
        notice = self.lab.postfix.log_wait(rf"^.*bounce.*: {self.result.queue_id}: sender non-delivery notification: (\w+)$", DEADLINE)
        delivery = self.lab.postfix.log_wait(rf"^.*lmtp.*: {notice[1]}: to=<{self.token}@bounce\.example\.com>.*status=(\w+) .*$", DEADLINE)
        for line in (refusal, notice[0], delivery[0]):
            show("Postfix's log", short(line))
        check(delivery[1] == "sent", f"bounced did not take the bounce: {delivery[0]}")

    def bounced_takes_it(self):
        """crmrelay-bounced reads it, and finds the message it is about"""
        event = self.lab.events.wait("bounce", DEADLINE, token=self.token)
        self.back = self.lab.events.wait("handed-back", DEADLINE, token=self.token)
        show("bounced's log", f"{event.id}: bounce recipient={event['recipient']} action={event['action']} status={event['status']}")
        show("", f"diagnostic=\"{event['diagnostic']}\" matched_by={event['matched_by']}")
        show("bounced's log", f"{self.back.id}: handed-back to={self.back['to']} status={self.back['status']} queue_id={self.back['queue_id']}")
        check((event["recipient"], event["status"]) == (f"<{BAD}>", "5.1.1"), f"the event is about something else: {event}")

    def crm_is_told(self):
        """The CRM's own server receives the failure, at the CRM's own return path"""
        home = self.home = self.lab.catcher.wait_for(SENDER, DEADLINE)
        check(len(home.report) == 2, f"the hand-back is no report about one recipient:\n{home.content.decode(errors='replace')}")
        first, block = home.report
        show("MAIL FROM", f"<{home.sender}>")
        show("RCPT TO", f"<{home.recipients[0]}>")
        show("To", home.header("To"))
        show("Subject", home.header("Subject"))
        for name, value in [("Original-Envelope-Id", first.get("Original-Envelope-Id")),
                            *((name, block.get(name)) for name in ("Final-Recipient", "Action", "Status", "Diagnostic-Code"))]:
            show(name, value)
        for line in home.returned.splitlines():
            if line.startswith(("Return-Path:", "From:", "Message-ID:")):
                show("returned header", line)
        check(home.sender == "" and home.recipients == [SENDER] and home.header("To") == SENDER, "the envelope or To is wrong")
        check(first.get("Original-Envelope-Id") == ENVID, "the CRM's own ENVID is not restored")
        check(BAD in block.get("Final-Recipient", "") and (block.get("Action"), block.get("Status")) == ("failed", "5.1.1"), f"another failure: {block}")
        check("No such user here" in block.get("Diagnostic-Code", ""), f"the remote's words are lost: {block}")
        check(MESSAGE_ID in home.returned, "the returned headers are not those of the message")
        check(self.token.encode() not in home.content.lower(), "our own return path is left in the hand-back")

    def it_can_be_traced(self):
        """crmrelayctl trace: the message's life"""
        said = self.lab.daemons.ctl("trace", self.result.queue_id)
        print("\n".join(f"   {line}" for line in said.out.rstrip().splitlines()))
        check(said.code == 0, f"crmrelayctl trace: {said}")
        missing = [word for word in ("relayed", "bounce", "hand-back", SENDER, ENVID, BAD, self.back["queue_id"]) if word not in said.out]
        check(not missing, f"crmrelayctl trace does not show {missing}")

    def the_day_so_far(self):
        """crmrelayctl status"""
        said = self.lab.daemons.ctl("status")
        print("\n".join(f"   {line}" for line in said.out.rstrip().splitlines()))
        check(said.code == 0, f"crmrelayctl status: {said}")
        today = self.lab.daemons.ctl("status", "--json").json[0]["today"]
        check((today["relayed"], today["bounced"]) == (1, 1), f"crmrelayctl status counts {today}")


def look_around(lab, queue_id):
    ctl, postfix = f"{build_folder() / CONTROL} -c {lab.daemons.config}", f"--postfix-config {lab.postfix.config}"
    port = lab.port("crm")
    japanese = "".join(f"\n   in Japanese     TEXTDOMAINDIR={folder} {ctl} {words}" for folder in translations().values()
                       for words in ("explain --language ja network", f"doctor --language ja {postfix}"))
    print(f"""
{BOLD}It keeps running.{PLAIN} Look around:
   configuration   {lab.daemons.config}
   Postfix         {lab.postfix.config}/main.cf, master.cf; mail log {lab.postfix.maillog}
   queue           postqueue -c {lab.postfix.config} -p
   crmrelay's log  {lab.daemons.folder}/*.stderr
   status          {ctl} status
   a message       {ctl} trace {queue_id}
   failures        {ctl} bounces
   wiring          {ctl} check {postfix}
   what is wrong   {ctl} doctor {postfix}
   a reason        {ctl} explain network
   a decision      {ctl} explain --client 127.0.0.99 --login crm@example.com --from sales@example.com --tls
   figures         {ctl} report example.com --html {lab.folder}/report.html{japanese}
   as the CRM      crm@example.com logs in with password {lab.passwords['crm@example.com']!r} at 127.0.0.1:{port}, from 127.0.0.17

check and doctor look at this machine's own Postfix without --postfix-config. What they tell you to type finds crmrelayctl with: export PATH={(build_folder() / CONTROL).parent}:$PATH

Send another (the recipient's first letters say what happens: nobody, full, blocked, data550 are refused; three failures in a row, from 127.0.0.99 say, suspend the domain):
   {send_line(lab, port)}
   {ctl} bounces

Stop it: Ctrl-C here, or kill {os.getpid()}; everything is then taken away.""", flush=True)


def send_line(lab, port):
    """A command for the shell that sends one message as the CRM does."""
    password = lab.passwords["crm@example.com"]
    code = (f"import smtplib as s, ssl; c=s.SMTP(\"127.0.0.1\",{port},source_address=(\"127.0.0.17\",0)); c.starttls(context=ssl._create_unverified_context()); "
            f"c.login(\"crm@example.com\",\"{password}\"); "
            "c.sendmail(\"again@crm.test\",\"nobody-2@dest.test\",\"From: sales@example.com\\nTo: nobody-2@dest.test\\nSubject: again\\n\\nHello\\n\"); c.quit()")
    return f"/usr/bin/python3 -c '{code}'"


def main():
    parser = argparse.ArgumentParser(description="One message's journey, shown leg by leg.")
    parser.add_argument("--keep", action="store_true", help="leave everything running afterwards")
    keep = parser.parse_args().keep
    began = time.monotonic()
    print(f"{BOLD}Starting, all of it on loopback:{PLAIN}", flush=True)
    # crmrelay keeps the login itself: doctor then tells of it, and a wrong password stands in its log. Three failures suspend, as with a CRM that sends on its own then.
    lab = Lab({"example.com": {**DOMAIN, "suspend": {"after": 3}}}, {"presets": str(PRESETS)}, auth="crmrelay", say=lambda step: print(f"   {step}", flush=True))
    journey = Journey(lab)
    try:
        lab.start()
        journey.run()
        print(f"\n{BOLD}Every leg happened{PLAIN} ({time.monotonic() - began:.1f} s).", flush=True)
        if keep:
            look_around(lab, journey.result.queue_id)
            lab.hold()
    except Exception as trouble:
        what = str(trouble) if isinstance(trouble, (Missed, AssertionError, LabError)) else repr(trouble)
        print(f"\nquickstart: this leg did not happen: {journey.legs}. {journey.leg}\n{what}\n{lab.tails() if lab.folder else ''}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, SystemExit):
        if not keep or journey.legs != 8:
            return 130
        lab.close()
        print(f"\nStopped, and all taken away: the servers, the daemons and {lab.folder}.", flush=True)
    finally:
        lab.close()
    if lab.problems:
        print("quickstart: a daemon ended badly:\n" + "\n".join(lab.problems), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
