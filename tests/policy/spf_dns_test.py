#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Networks that follow an SPF record, against a real DNS server: real look-ups, libspf2, threads and store, driven through spf_driver."""
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
sys.dont_write_bytecode = True

from lab.dns import Dns, reverse_name       # noqa: E402

DRIVER = Path(os.environ.get("top_builddir", ".")) / "tests/policy/spf_driver"
DAY = 86400


class Driver:
    def __init__(self, dns, folder):
        self.log_file = open(Path(folder) / "log", "a+b")
        self.process = subprocess.Popen([str(DRIVER), dns.endpoint, f"sqlite://{folder}/store.db"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.log_file, text=True)

    def __call__(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def log(self):
        self.log_file.seek(0)
        return self.log_file.read().decode()

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(30) == 0, self.log()
        self.process.stdout.close()
        self.log_file.close()


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="crmrelay-spf-")
        self.dns = Dns()
        self.driver = Driver(self.dns, self.folder.name)

    def tearDown(self):
        self.driver.close()
        self.dns.close()
        self.folder.cleanup()

    def until(self, want, *words, deadline=10):
        end = time.monotonic() + deadline
        while (got := self.driver(*words)) != want and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(got, want)

    def until_log(self, *parts, deadline=10):
        end = time.monotonic() + deadline
        while not any(all(part in line for part in parts) for line in self.driver.log().splitlines()):
            if time.monotonic() > end:
                self.fail(f"no log line with {parts}: {self.driver.log()}")
            time.sleep(0.02)


class Records(Case):
    """What a record says of a client: one evaluation each."""

    def says(self, want, client, name="crm.test"):
        got = self.driver("evaluate", name, client)
        self.assertTrue(got.startswith(want), f"{client}: {got!r}, wanted {want!r}")

    def txt(self, text, name="crm.test", ttl=300):
        self.dns.set(name, "TXT", text, ttl=ttl)

    def test_addresses(self):
        self.txt("v=spf1 ip4:192.0.2.0/25 -ip4:198.51.100.7 ip4:198.51.100.0/24 ip6:2001:db8:1::/48 ~all")
        for want, client in (("pass 300", "192.0.2.127"), ("not_pass 300", "192.0.2.128"), ("not_pass", "198.51.100.7"), ("pass", "198.51.100.8"),
                             ("pass", "2001:db8:1::25"), ("not_pass", "2001:db8:2::25"), ("not_pass", "127.0.0.1"), ("not_pass", "::1")):
            self.says(want, client)

    def test_loopback_is_judged(self):
        self.txt("v=spf1 ip4:127.0.0.2 -all")
        self.says("pass", "127.0.0.2")
        self.says("not_pass", "127.0.0.3")

    def test_long_lists(self):
        """More terms than libspf2 takes, in more strings and octets than a UDP answer of old."""
        self.txt("v=spf1 " + " ".join(f"ip4:10.{i}.0.0/16" for i in range(200)) + " -all")
        self.says("pass", "10.199.1.1")
        self.says("not_pass", "10.200.1.1")
        self.assertIn(("TXT", "tcp"), self.dns.asked("crm.test"))

    def test_macros_of_a_record_that_is_no_list(self):
        self.txt("v=spf1 exists:%{i}._spf.mta.crm.test ~all", ttl=3600)
        self.dns.set("192.0.2.9._spf.mta.crm.test", "A", "127.0.0.2", ttl=120)
        self.says("pass 120", "192.0.2.9")
        self.says("not_pass 60", "192.0.2.10")
        self.txt("v=spf1 exists:%{ir}.%{v}.%{d2}.%{l}.%{o}.%{h}.list.test -all", name="a.crm.test")
        self.dns.set("9.2.0.192.in-addr.crm.test.postmaster.a.crm.test.crmrelay.invalid.list.test", "A", "127.0.0.2")
        self.says("pass", "192.0.2.9", "a.crm.test")
        self.txt("v=spf1 exists:%{ir}.list6.test -all", name="b.crm.test")
        self.dns.set(reverse_name("2001:db8::9").removesuffix(".ip6.arpa") + ".list6.test", "A", "127.0.0.2")
        self.says("pass", "2001:db8::9", "b.crm.test")

    def test_includes_and_redirects(self):
        self.txt("v=spf1 include:one.test ?include:two.test redirect=three.test", ttl=500)
        self.txt("v=spf1 ip4:192.0.2.1 -all", "one.test", ttl=400)
        self.txt("v=spf1 include:deep.test -all", "two.test")
        self.txt("v=spf1 ip4:192.0.2.2 -all", "deep.test", ttl=70)
        self.txt("v=spf1 ip4:192.0.2.3 -all", "three.test")
        for want, client in (("pass 400", "192.0.2.1"), ("not_pass 70", "192.0.2.2"), ("pass 70", "192.0.2.3"), ("not_pass", "192.0.2.4")):
            self.says(want, client)

    def test_hosts(self):
        self.txt("v=spf1 a a:web.test/28 mx:mail.test -all")
        self.dns.set("crm.test", "A", "192.0.2.1")
        self.dns.set("web.test", "CNAME", "real.test")
        self.dns.set("real.test", "A", "192.0.2.17")
        self.dns.set("mail.test", "MX", (10, "mx1.mail.test"), (20, "mx2.mail.test"))
        self.dns.set("mx1.mail.test", "A", "192.0.2.49")
        self.dns.set("mx2.mail.test", "A", "192.0.2.50")
        for want, client in (("pass", "192.0.2.1"), ("pass", "192.0.2.30"), ("not_pass", "192.0.2.33"), ("pass", "192.0.2.50"), ("not_pass", "192.0.2.51")):
            self.says(want, client)
        self.txt("v=spf1 a:six.test//64 -all", "six.crm.test")
        self.dns.set("six.test", "AAAA", "2001:db8::1")
        self.says("pass", "2001:db8::ffff", "six.crm.test")
        self.says("not_pass", "2001:db8:0:1::1", "six.crm.test")

    def test_ptr(self):
        self.txt("v=spf1 ptr:crm.test -all")
        self.dns.set(reverse_name("192.0.2.7"), "PTR", "out7.crm.test", "liar.other.test")
        self.dns.set("out7.crm.test", "A", "192.0.2.7")
        self.dns.set(reverse_name("192.0.2.8"), "PTR", "out7.crm.test")
        self.says("pass", "192.0.2.7")
        self.says("not_pass", "192.0.2.8")

    def test_what_is_no_record(self):
        self.says("no_record 60 crm.test has no SPF record", "192.0.2.1")
        self.dns.set("crm.test", "TXT", "google-site-verification=x", "v=spf10 +all", "v=DKIM1; p=")
        self.says("no_record", "192.0.2.1")
        self.dns.set("crm.test", "TXT", "v=spf1 +all", "V=SPF1 -all")
        self.says("broken 300 crm.test has more than one SPF record", "192.0.2.1")

    def test_what_is_refused(self):
        rows = (("v=spf1 ip4:1.2.3.4/33 -all", "no network"), ("v=spf1 ip4:1.2.3 +all", "no network"), ("v=spf1 a/0 -all", "passes every address"),
                ("v=spf1 foo:bar +all", "unknown mechanism"), ("v=spf1 exists:%{p}.x.test -all", "%{p} is not supported"),
                ("v=spf1 exists:%{D}.x.test -all", "%{D} is not supported"), ("v=spf1 exists:%{d999999999999}.x.test -all", "1 to 128 parts"),
                ("v=spf1 exists:%{d0}.x.test -all", "1 to 128 parts"), ("v=spf1 exists:%{d", "unfinished macro"), ("v=spf1 exists:%x.test -all", "begins no macro"),
                ("v=spf1 include:" + "a" * 64 + ".test -all", "no domain name"), ("v=spf1 redirect=a.test redirect=b.test", "redirect= twice"),
                ("v=spf1 \x01all", "not ASCII"), ("v=spf1 " + "ip4:192.0.2.1 " * 300, "longer than 4096"), ("v=spf1 include:crm.test -all", ""),
                ("v=spf1 include:none.test -all", "none.test has no SPF record"))
        for record, error in rows:
            self.txt(record)
            got = self.driver("evaluate", "crm.test", "192.0.2.1")
            self.assertTrue(got.startswith("broken ") and error in got, f"{record[:60]!r}: {got!r}")

    def test_explanations_are_not_looked_at(self):
        self.txt("v=spf1 -all exp=%{p}%{D999}.explain.test unknown=%{z}")
        self.dns.set("explain.test", "TXT", "%{S}" * 60)
        self.says("not_pass", "192.0.2.1")
        self.assertEqual([one for one in self.dns.asked() if "explain" in one[0]], [])

    def test_limits(self):
        """RFC 7208 section 4.6.4, over all records together."""
        self.txt("v=spf1 " + " ".join(f"include:i{i}.test" for i in range(10)) + " ip4:192.0.2.1 -all")
        for i in range(10):
            self.txt("v=spf1 -all", f"i{i}.test")
        self.says("pass", "192.0.2.1")
        self.txt("v=spf1 include:j.test -all", "i9.test")
        self.txt("v=spf1 -all", "j.test")
        self.says("broken 300 it needs more than 10 look-ups", "192.0.2.1")
        self.txt("v=spf1 a:no1.test a:no2.test ip4:192.0.2.1 -all", "void.test")
        self.says("pass", "192.0.2.1", "void.test")
        self.txt("v=spf1 a:no1.test a:no2.test mx:no3.test ip4:192.0.2.1 -all", "void.test")
        self.says("broken 60 more than 2 of its look-ups find nothing", "192.0.2.1", "void.test")
        self.dns.set("many.test", "MX", *[(i, f"h{i}.test") for i in range(11)])
        self.txt("v=spf1 mx:many.test ip4:192.0.2.1 -all", "mx.test")
        self.says("broken 300 many.test has more than 10 MX", "192.0.2.1", "mx.test")

    def test_a_tree_of_includes_ends(self):
        """Ten includes of ten includes of…: libspf2 alone would count each record for itself."""
        for level in range(12):
            self.txt("v=spf1 " + " ".join(f"include:l{level + 1}n{i}.tree.test" for i in range(10)) + " -all", f"*.l{level}.tree.test")
        self.dns.set("*.tree.test", "TXT", "v=spf1 " + " ".join(f"include:%{{d1r}}{i}.%{{d}}" for i in range(10)) + " -all")
        begun = time.monotonic()
        self.says("broken", "192.0.2.1", "x.tree.test")
        self.assertLess(time.monotonic() - begun, 3)
        self.assertLess(len(self.dns.asked()), 30)

    def test_servers_that_fail(self):
        self.txt("v=spf1 include:part.test -all")
        self.txt("v=spf1 ip4:192.0.2.1 -all", "part.test")
        for mode, error in (("servfail", "SERVFAIL"), ("refused", "REFUSED"), ("silent", "no answer from")):
            self.dns.mode("part.test", mode)
            self.says(f"temporary 300 look-up of part.test failed: {'' if mode == 'silent' else '127.0.0.1:' + str(self.dns.port) + ' answers '}{error}", "192.0.2.1")
        self.dns.mode("part.test", "slow", 0.3)
        self.says("pass", "192.0.2.1")
        self.dns.mode("part.test", "nxdomain")
        self.says("broken", "192.0.2.1")


class Networks(Case):
    """What stands over time: memory, last good, probes, log, store."""

    def open(self, *names, deadline=1500):
        self.driver("open", deadline, *(names or ("crm.test",)))

    def test_answers_hold_for_their_ttl(self):
        self.dns.set("crm.test", "TXT", "v=spf1 ip4:198.18.0.0/24 -all", ttl=120)
        self.open()
        self.assertEqual(self.driver("at-once", "crm.test", "198.18.0.1"), "unknown ask")
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "in")
        self.assertEqual(self.driver("ask", "CRM.test", "198.18.1.1"), "out")
        self.dns.set("crm.test", "TXT", "v=spf1 ip4:198.18.1.0/24 -all", ttl=120)
        self.driver("clock", 119)
        self.assertEqual(self.driver("at-once", "crm.test", "198.18.0.1"), "in")
        self.driver("clock", 1)
        self.assertEqual(self.driver("at-once", "crm.test", "198.18.0.1"), "in ask")
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "out")
        self.assertEqual(self.driver("ask", "crm.test", "198.18.1.1"), "in")
        self.until_log("network network=spf:crm.test client=198.18.0.1 status=passed")
        self.until_log("network network=spf:crm.test client=198.18.0.1 status=\"no longer passed\"")
        self.until_log("network network=spf:crm.test client=198.18.1.1 status=passed")
        self.assertEqual(self.driver("ask", "other.test", "198.18.1.1"), "out")

    def test_last_good_serves_while_dns_fails(self):
        self.dns.set("crm.test", "TXT", "v=spf1 exists:%{i}.list.test ~all", ttl=60)
        self.dns.set("198.18.0.1.list.test", "A", "127.0.0.2", ttl=60)
        self.open()
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "in")
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.2"), "out")
        for mode in ("servfail", "silent"):
            self.dns.mode(None, mode)
            self.driver("clock", 3 * 3600)
            begun = time.monotonic()
            self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "in")
            self.assertEqual(self.driver("ask", "crm.test", "198.18.0.2"), "unknown")
            self.assertLess(time.monotonic() - begun, 3.5)
            self.until("in", "at-once", "crm.test", "198.18.0.1")      # held: nobody waits again
        self.until_log("network=spf:crm.test status=failing", "last_good=2026-")
        self.driver("clock", DAY)
        self.until_log("failing for more than a day")
        self.driver("open", 1500, "crm.test")                           # a restart while DNS is down
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "in")
        self.assertIn("answered failing probed 1", self.driver("state", "crm.test"))
        self.dns.mode(None, None)
        self.driver("clock", 61)
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "in")
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.2"), "out")
        self.until_log("status=\"answers again\"")

    def test_a_record_that_vanishes(self):
        self.dns.set("crm.test", "TXT", "v=spf1 ip4:198.18.0.1 -all", ttl=60)
        self.open()
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "in")
        self.dns.remove("crm.test")
        self.driver("clock", 60)
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "out")
        self.until_log("status=failing problem=\"crm.test has no SPF record\"")
        self.assertEqual(self.driver("state", "crm.test"), "answered failing probed 0 crm.test has no SPF record")

    def test_a_record_that_passes_everyone(self):
        for record in ("v=spf1 +all", "v=spf1 ip4:0.0.0.0/0 -all", "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", "v=spf1 exists:localhost.test ~all",
                       "v=spf1 ip6:::/0 ip4:198.18.0.1 -all", "v=spf1 include:all.test -all", "v=spf1 redirect=all.test"):
            with self.subTest(record):
                self.dns.set("all.test", "TXT", "v=spf1 all")
                self.dns.set("localhost.test", "A", "127.0.0.1")
                self.dns.set("crm.test", "TXT", record)
                self.driver("open", 1500)                               # forgets the name
                self.open()
                self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "out")
                self.assertIn(" refused ", self.driver("state", "crm.test"))
                self.until_log("passes addresses that belong to nobody")

    def test_a_record_that_comes_to_pass_everyone(self):
        self.dns.set("crm.test", "TXT", "v=spf1 ip4:198.18.0.0/24 -all", ttl=60)
        self.open()
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "in")
        self.dns.set("crm.test", "TXT", "v=spf1 ip4:198.18.0.0/24 all", ttl=60)
        self.driver("clock", 61)
        self.assertEqual(self.driver("ask", "crm.test", "198.18.9.9"), "out", "an address that is passed anew is probed first")
        self.until("out", "at-once", "crm.test", "198.18.0.1")
        self.dns.set("crm.test", "TXT", "v=spf1 ip4:198.18.0.0/24 -all", ttl=60)
        self.driver("clock", 301)
        self.until_log("no longer passes everyone")
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "in")

    def test_hourly_probe(self):
        self.dns.set("crm.test", "TXT", "v=spf1 ip4:198.18.0.0/24 -all", ttl=DAY)
        self.open()
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "in")
        self.dns.set("crm.test", "TXT", "v=spf1 +all", ttl=DAY)
        self.assertEqual(self.driver("at-once", "crm.test", "198.18.0.1"), "in")
        self.driver("clock", 3601)
        self.until("out", "at-once", "crm.test", "198.18.0.1")

    def test_nothing_is_granted_before_the_probes(self):
        self.dns.set("crm.test", "TXT", "v=spf1 ip4:198.18.0.1 exists:%{i}.slow.test -all", ttl=60)
        self.dns.mode("192.0.2.1.slow.test", "servfail")
        self.open()
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "unknown")
        self.dns.mode("192.0.2.1.slow.test", None)
        self.driver("clock", 301)
        self.until("in", "ask", "crm.test", "198.18.0.1")

    def test_a_slow_name_holds_no_other_up(self):
        self.dns.set("fast.test", "TXT", "v=spf1 exists:%{i}.list.test -all", ttl=60)
        self.dns.mode("slow.test", "silent")
        self.dns.mode("slower.test", "silent")
        self.driver("open", 4000, "slow.test", "slower.test", "fast.test")
        self.until("answered fine probed 0 ", "state", "fast.test", deadline=1.5)
        begun = time.monotonic()
        for i in range(20):
            self.assertEqual(self.driver("ask", "fast.test", f"198.18.0.{i}"), "out")
        self.assertLess(time.monotonic() - begun, 1.5)

    def test_equal_questions_are_one(self):
        self.dns.set("crm.test", "TXT", "v=spf1 exists:%{i}.list.test -all", ttl=3600)
        self.dns.set("198.18.0.1.list.test", "A", "127.0.0.2", ttl=3600)
        self.open()
        self.until("answered fine probed 0 ", "state", "crm.test")
        for _ in range(5):
            self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "in")
        self.assertEqual(len(self.dns.asked("198.18.0.1.list.test")), 1)

    def test_store_outlives_the_process(self):
        self.dns.set("crm.test", "TXT", "v=spf1 ip4:198.18.0.0/24 -all", ttl=3600)
        self.open()
        self.assertEqual(self.driver("ask", "crm.test", "198.18.0.1"), "in")
        self.driver.close()
        self.dns.mode(None, "silent")
        self.driver = Driver(self.dns, self.folder.name)
        self.open()
        self.assertEqual(self.driver("at-once", "crm.test", "198.18.0.1"), "in")
        self.assertNotIn("198.18.0.1 status=passed\nnetwork", self.driver.log())


if __name__ == "__main__":
    unittest.main(verbosity=1)
