# SPDX-License-Identifier: BSD-2-Clause
"""The stories of ordinary mail where the CRM shares ports 25 and 587 with everybody, so that every session passes the milter."""
from judge import relayed
from t_ordinary import (                # noqa: F401: the runner takes stories from here
    story_a_listed_network_with_policyd_dead,
    story_ordinary_mail_is_untouched,
    story_ordinary_mail_with_policyd_dead,
    story_policyd_comes_back_within_a_connection,
)

LAB = dict(wire="shared")


def story_the_milter_dead(lab):
    """When the milter has died the shared ports say "try again later" to everybody, and nothing leaves with a return path that is not ours."""
    lab.daemons.kill("milter")
    tos = [lab.to() for _ in range(2)]
    answers = [lab.crm().send(tos[0]).refusal, lab.employee().send(tos[1]).refusal, lab.remote().send("alice@example.com").refusal]
    assert all(answer and answer.code in (451, 454) for answer in answers), answers     # 454 is STARTTLS's
    lab.daemons.start("milter")
    relayed(lab, lab.crm().send(tos[0]), tos[0])
    assert not lab.recipient.found(tos[1])
