# SPDX-License-Identifier: BSD-2-Clause
"""An administrator keeps Dovecot or Cyrus SASL: the login that they check counts for crmrelay like one of its own."""
import os
import shutil

from judge import refused, relayed
from lab.postfix import AUTH
from lab.util import LabError, run

LOGIN, SECRET = "crm@example.com", "cyrus-secret"


def setup(lab):
    """A sasldb within Postfix's queue directory, and a port of Postfix's that checks passwords by Cyrus SASL."""
    folder, database = lab.postfix.config / "sasl", lab.postfix.queue / "etc/sasldb2"
    folder.mkdir()
    database.parent.mkdir(exist_ok=True)
    made = run("saslpasswd2", "-p", "-c", "-f", database, "-u", "example.com", "crm", input=SECRET + "\n", check=False)
    if made.returncode:
        raise LabError(f"saslpasswd2: {made.stderr}")
    shutil.chown(database, "postfix")
    os.chmod(database, 0o600)
    (folder / "smtpd.conf").write_text(f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: {database}\n")
    lab.postfix.main(cyrus_sasl_config_path=str(folder))
    lab.postfix.service("cyrus", lab.ports.free(), {"smtpd_tls_security_level": "encrypt", **AUTH, "smtpd_sasl_type": "cyrus", "smtpd_sasl_path": "smtpd",
                                                    "smtpd_milters": "unix:crmrelay/milter.sock"}, chroot="n")
    lab.postfix.reload()


def both(lab):
    """The CRM at a port of each kind."""
    return {"dovecot": {}, "cyrus": {"service": "cyrus", "password": SECRET}}.items()


def story_both_carry_the_login(lab):
    """The CRM logs in by Dovecot or by Cyrus: its mail goes out, and the log names the login."""
    for name, how in both(lab):
        for mechanism in ("PLAIN", "LOGIN"):
            relayed(lab, lab.crm(**how, mechanism=mechanism).send(to := lab.to()), to)
            assert lab.events.find("relayed")[-1]["login"] == LOGIN, name
        refused(lab, lab.crm(**how, address="127.0.0.40").send(lab.to()), "network", stage="rcpt")
        assert lab.events.find("refused")[-1]["login"] == LOGIN, name


def story_a_wrong_password_is_theirs_to_log(lab):
    """A wrong password is refused by whoever keeps the passwords, crmrelay sees nothing of it, and status says so."""
    for name, how in both(lab):
        with lab.crm(**{**how, "password": "wrong"}).session() as session:
            assert session.auth.code == 535, (name, session.auth)
    assert not lab.events.find("auth-failed")
    said = lab.daemons.ctl("status").out
    assert "failed logins are not known to crmrelay" in said, said
    assert all(row["failed_logins_known"] is False for row in lab.daemons.ctl("status", "--json").json)
