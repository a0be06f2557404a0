# SPDX-License-Identifier: BSD-2-Clause
"""crmrelay keeps the CRM's logins itself: Postfix asks policyd, on a service of the CRM's own."""
import base64
import os
import smtplib
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from judge import refused, relayed
from lab import wait_until
from lab.daemons import DOMAIN
from lab.util import run

LOGIN = "crm@example.com"
FRESH = [f"fresh{number}@example.com" for number in range(10)]     # each logs in once, so that its password is not known by memory
SECONDS = 70
LAB = {"auth": "crmrelay", "domains": {"example.com": {**DOMAIN, "logins": [LOGIN, *FRESH]}}}


def answer(lab, **more):
    """What AUTH answers."""
    with lab.crm(**more).session() as session:
        return session.auth


def in_file(lab, change):
    """The logins file with `change` made to its text, put in place as a whole."""
    path = lab.daemons.logins
    beside = path.with_name("logins.new")
    lab.daemons.secret(beside, change(path.read_text()))
    os.replace(beside, path)


@contextmanager
def file_kept(lab):
    """The logins file is afterwards as it was before."""
    before = lab.daemons.logins.read_text()
    try:
        yield
    finally:
        in_file(lab, lambda _: before)


@contextmanager
def without_crmrelay(lab):
    """Postfix as it is where nobody has heard of crmrelay or of SASL, with a service "desk" of its own; all is put back afterwards."""
    files = {name: (lab.postfix.config / name).read_text() for name in ("main.cf", "master.cf")}
    services = dict(lab.postfix.services)
    lab.postfix.main({name: None for name in ("relay_domains", "notify_classes", "2bounce_notice_recipient")},
                     smtpd_relay_restrictions="permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination",
                     transport_maps=f"texthash:{lab.postfix.config}/transport")
    for service in ("crm", "crms", "submission", "plain", "careful"):
        for host in ("127.0.0.1", "[::1]") if service in services else ():
            run("postconf", "-c", lab.postfix.config, "-MX", f"{host}:{services[service]}/inet", check=False)
    lab.postfix.service("desk", lab.ports.free())
    lab.postfix.reload()
    try:
        yield
    finally:
        for name, text in files.items():
            (lab.postfix.config / name).write_text(text)
        lab.postfix.services = services
        lab.postfix.reload()


def story_my_crm_logs_in_and_relays(lab):
    """With the password that crmrelayctl made my CRM logs in, by PLAIN, by LOGIN, on either port, with the login in any case, and its mail goes out."""
    for more in ({"mechanism": "PLAIN"}, {"mechanism": "LOGIN"}, {"tls": "implicit"}, {"login": "CRM@example.com", "password": lab.passwords[LOGIN]}):
        crm = lab.crm(**more)
        relayed(lab, crm.send(to := lab.to()), to)
        assert lab.events.wait("relayed")["login"] == LOGIN, more


def story_a_client_does_not_learn_what_was_wrong(lab):
    """Whoever guesses reads the same octets for a login that exists, one that does not, one that is disabled and one that no domain lists."""
    lab.add_login("off@example.com")
    in_file(lab, lambda text: "".join(f"{line}:disabled\n" if line.startswith("off@") else f"{line}\n" for line in text.splitlines()))
    orphan = lab.add_login("orphan@example.com")
    tries = [(LOGIN, "wrong"), ("nobody@example.com", "wrong"), ("off@example.com", lab.passwords["off@example.com"]), ("orphan@example.com", orphan)]
    for mechanism in ("PLAIN", "LOGIN"):
        said = {str(answer(lab, address="127.0.0.18", login=login, password=password, mechanism=mechanism)) for login, password in tries}
        assert len(said) == 1 and said.pop().startswith("535 5.7.8 Error: authentication failed"), said
    events = lab.events.wait("auth-failed", count=2 * len(tries))
    reasons = {event["login"]: event["reason"] for event in events}
    assert reasons == {LOGIN: "wrong-password", "nobody@example.com": "no-such-login", "off@example.com": "disabled", "orphan@example.com": "no-domain"}, reasons
    assert {event["client"] for event in events} == {"127.0.0.18"}
    relayed(lab, lab.crm().send(to := lab.to()), to)


def story_without_tls_there_is_no_login(lab):
    """Before STARTTLS my port offers no AUTH and takes none; and where Postfix would take a password in the clear, crmrelay does not until I say so."""
    with lab.crm(tls="none", login=None).session() as session:
        assert "auth" not in session.features and "starttls" in session.features, session.features
        assert session.command("AUTH PLAIN AGEAYg==").code in (503, 530, 538)
    port = lab.ports.free()
    options = {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot", "smtpd_sasl_path": "crmrelay/auth.sock", "smtpd_tls_auth_only": "no",
               "smtpd_sasl_security_options": "noanonymous", "smtpd_tls_security_level": "may"}
    lab.postfix.service("plain", port, options)
    lab.postfix.service("careful", lab.ports.free(), {**options, "smtpd_tls_auth_only": "yes", "smtpd_sasl_security_options": "noanonymous, noplaintext",
                                                      "smtpd_sasl_tls_security_options": "noanonymous"})
    lab.postfix.reload()
    clear = dict(service="plain", tls="none", password=lab.passwords[LOGIN])
    assert answer(lab, **clear).code == 535
    assert lab.events.wait("auth-failed")["reason"] == "no-tls"
    assert answer(lab, **{**clear, "tls": "starttls"}).code == 235
    assert answer(lab, **{**clear, "service": "careful", "tls": "starttls"}).code == 235
    with lab.crm(service="careful", tls="none", login=None).session() as session:
        assert "auth" not in session.features, session.features


def story_a_password_is_rotated_without_losing_mail(lab):
    """I make a second password, both work, the CRM changes over, and the older one is gone the moment I remove it."""
    with file_kept(lab):
        old = lab.passwords[LOGIN]
        new = lab.add_login(LOGIN)
        third = lab.daemons.ctl("login", "add", LOGIN)
        assert third.code == 1 and "--old" in third.err, third
        for password in (old, new):
            relayed(lab, lab.crm(password=password).send(to := lab.to()), to)
            assert lab.daemons.ctl("login", "verify", LOGIN, input=f"{password}\n").code == 0
        assert lab.daemons.ctl("login", "remove", LOGIN, "--old").code == 0
        assert answer(lab, password=old).code == 535
        assert answer(lab, password=new).code == 235
        listed = [login for login in lab.daemons.ctl("login", "list", "--json").json if login["login"] == LOGIN]
        assert [(login["passwords"], login["domains"], login["disabled"]) for login in listed] == [(1, ["example.com"], False)], listed
    lab.passwords[LOGIN] = old


def story_a_removed_login_is_out_at_once(lab):
    """After crmrelayctl login remove nobody gets in with it any more, without any reload; a session that is open keeps what it has until it ends."""
    with file_kept(lab):
        with lab.crm().session() as open_session:
            assert open_session.auth.code == 235
            assert lab.daemons.ctl("login", "remove", LOGIN).code == 0
            assert answer(lab).code == 535
    assert answer(lab).code == 235


def story_right_password_from_the_wrong_network(lab):
    """The password is right and the network is not: the CRM logs in, is refused with the text that says why, and the administrator sees it in both places."""
    result = lab.crm(address="127.0.0.40").send(lab.to())
    assert result.auth.code == 235
    refused(lab, result, "network", stage="rcpt")
    event = lab.events.wait("auth-failed")
    assert (event["reason"], event["login"], event["client"]) == ("network", LOGIN, "127.0.0.40"), event


def story_a_broken_file_changes_nothing(lab):
    """I break the logins file: those of before keep getting in and the log names file and line. A policyd that starts with it says that the trouble is ours."""
    with file_kept(lab):
        in_file(lab, lambda text: text + "rubbish\n")
        assert answer(lab).code == 235
        problem = lab.events.wait("config", problem=lambda text: "logins:" in text)
        assert "not LOGIN:HASH:CREATED" in problem["problem"], problem
        assert lab.daemons.test("policyd").code == 1
        lab.daemons.restart("policyd")
        assert answer(lab).code == 454
    assert lab.daemons.test("policyd").code == 0
    assert answer(lab).code == 235


def story_a_hundred_guesses_slow_nobody_down(lab):
    """Somebody guesses a hundred times, twenty at a time: each is refused, my CRM logs in meanwhile as ever, and the log stays short."""
    def guess(number):
        began = time.monotonic()
        return answer(lab, address="127.0.0.60", login=LOGIN if number % 2 else f"guess{number}@example.com", password="wrong").code, time.monotonic() - began

    def good():
        began = time.monotonic()
        assert answer(lab).code == 235
        return time.monotonic() - began

    alone = sorted(good() for _ in range(5))[2]
    with ThreadPoolExecutor(20) as pool:
        guesses = [pool.submit(guess, number) for number in range(100)]
        wait_until(lambda: sum(guess.done() for guess in guesses) > 10, 30, "the first guesses to be refused")
        beside = sorted(good() for _ in range(5))[2]
        answers = [guess.result() for guess in guesses]
    assert {code for code, _ in answers} == {535}, answers
    assert max(seconds for _, seconds in answers) < 8, max(answers)
    assert beside < max(4 * alone, 1), (alone, beside)      # the machine that guesses is the one that is guessed at
    lines = [event for event in lab.events.find("auth-failed") if event.get("client") == "127.0.0.60"]
    assert 1 <= len(lines) <= 62, lines     # of two minutes at most


class AuthSocket:
    """Postfix's side of the auth socket, without Postfix."""

    def __init__(self, lab):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(lab.daemons.sockets / "auth.sock"))
        self.lines = self.socket.makefile("r")
        self.socket.sendall(b"VERSION\t1\t2\nCPID\t%d\n" % os.getpid())
        while self.lines.readline() != "DONE\n":
            pass

    def ask(self, number, login, password, client):
        response = base64.b64encode(f"\0{login}\0{password}".encode()).decode()
        self.socket.sendall(f"AUTH\t{number}\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip={client}\tsecured\tresp={response}\n".encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.socket.close()


def story_ten_thousand_guesses_on_the_socket(lab):
    """Somebody guesses ten thousand times from one address: none is let in, none learns why, my CRM logs in meanwhile in about the time it always takes, and the
    log does not grow with the guesses."""
    client, guesses, connections, window = "127.0.0.61", 10000, 4, 32
    answers, reasons = [], []

    def guess(_):
        with AuthSocket(lab) as auth:
            share, sent = guesses // connections, 0
            for got in range(share):
                while sent < share and sent - got < window:
                    auth.ask(sent, LOGIN if sent % 2 else f"guess{sent}@example.com", f"wrong{sent}", client)
                    sent += 1
                kind, _, *words = auth.lines.readline().rstrip("\n").split("\t")
                answers.append(kind)
                reasons.extend(word for word in words if not word.startswith("user="))

    def good(login):
        with AuthSocket(lab) as auth:
            began = time.monotonic()
            auth.ask(1, login, lab.passwords[login], "127.0.0.17")
            assert auth.lines.readline().startswith("OK\t1\t"), login
            return time.monotonic() - began

    def through_postfix():
        began = time.monotonic()
        assert answer(lab).code == 235
        return time.monotonic() - began

    def middle(values):
        return sorted(values)[len(values) // 2]

    alone, sessions_alone = middle([good(login) for login in FRESH[:5]]), middle([through_postfix() for _ in range(5)])
    began = time.monotonic()
    with ThreadPoolExecutor(connections) as pool:
        done = [pool.submit(guess, number) for number in range(connections)]
        wait_until(lambda: len(answers) > 500, 60, lambda: f"500 refusals; there are {len(answers)}")
        beside, sessions_beside = middle([good(login) for login in FRESH[5:]]), middle([through_postfix() for _ in range(5)])
        at_once = len(answers)
        for one in done:
            one.result()
    assert at_once < guesses, "the guesses ended before the good logins were measured"
    print(f"a good login, hashed: {alone * 1000:.1f} ms alone, {beside * 1000:.1f} ms beside guesses; a session with one: {sessions_alone * 1000:.0f} ms and "
          f"{sessions_beside * 1000:.0f} ms; {guesses} guesses took {time.monotonic() - began:.1f} s")
    assert answers == ["FAIL"] * guesses and not reasons, (set(answers), set(reasons))
    assert beside < 1 and sessions_beside < 2, (beside, sessions_beside)
    minutes = (time.monotonic() - began) // 60 + 2
    lines = lab.events.find("auth-failed", client=client)
    assert 1 <= len(lines) <= 31 * minutes, len(lines)
    lab.events.wait("auth-failed", 75, client=client, more=lambda count: int(count) > 1000)


def story_policyd_is_dead_and_ordinary_mail_goes_on(lab):
    """With policyd dead my server takes ordinary mail on port 25, with STARTTLS and without, and sends that of my colleagues; only the CRM has to come again."""
    lab.daemons.kill("policyd")
    for tls in ("none", "starttls"):
        result = lab.remote(tls=tls).send("alice@example.com", headers={"Subject": (subject := lab.unique("dead"))})
        assert result.accepted, result
        lab.maildir("alice").wait_for(subject)
    sent = lab.employee().send(to := lab.to())
    assert sent.accepted, sent
    lab.recipient.wait_for(to)


def story_policyd_is_dead_and_the_crm_comes_again(lab):
    """With policyd dead nobody is told that a password is wrong: the CRM's port answers temporarily, in a session that was open and in a new one, and all is well again
    when policyd is back."""
    def temporarily(**more):
        """True where the answer is 4xx or the connection ends, as Postfix does where it cannot reach whoever keeps the logins."""
        try:
            with lab.crm(**more).session() as session:
                return (session.hello or session.auth or session.command("NOOP")).code // 100 == 4
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, ConnectionError):
            return True

    with lab.crm(login=None).session() as open_session:
        lab.daemons.kill("policyd")
        word = base64.b64encode(f"\0{LOGIN}\0{lab.passwords[LOGIN]}".encode()).decode()
        said = open_session.command(f"AUTH PLAIN {word}")
        assert said.code == 454, said
    for tls in ("starttls", "implicit"):
        assert temporarily(tls=tls)
    lab.daemons.start("policyd")
    wait_until(lambda: not temporarily(), 90, "the CRM's port to serve again", step=0.5)    # the master waits a minute before it starts an smtpd that ended badly
    relayed(lab, lab.crm().send(to := lab.to()), to)


def story_a_postfix_without_any_sasl(lab):
    """A Postfix that asks nobody for logins: `crmrelayctl postfix --apply` gives the CRM's port crmrelay's logins, mail and bounces go their ways, and no other port
    offers AUTH."""
    port = lab.ports.free()
    with without_crmrelay(lab):
        planned = lab.daemons.ctl("postfix", "--apply", "--port", str(port), "--postfix-config", lab.postfix.config)
        assert planned.code == 0, planned
        lab.postfix.reload()
        assert lab.daemons.ctl("check", "--postfix-config", lab.postfix.config).code == 0
        crm = dict(port=port, password=lab.passwords[LOGIN])
        sender, bad = f"{lab.unique('return')}@crm.test", lab.to("nobody")
        relayed(lab, lab.crm(**crm).send([to := lab.to(), bad], sender=sender), to)
        assert bad in lab.catcher.wait_for(sender, 45).report[1]["Final-Recipient"]
        assert answer(lab, **{**crm, "password": "wrong"}).code == 535
        assert lab.events.wait("auth-failed")["reason"] == "wrong-password"
        for service in ("smtp", "desk"):
            with lab.crm(service=service, login=None).session() as session:
                assert "auth" not in session.features, (service, session.features)
