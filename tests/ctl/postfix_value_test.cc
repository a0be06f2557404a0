// SPDX-License-Identifier: BSD-2-Clause
//
// Ours goes into list values and out again, and the rest stays as it was written.
#include "ctl/postfix_value.hh"

#include <boost/test/unit_test.hpp>

namespace crmrelay::ctl {

namespace {

const std::string kSocket = "unix:crmrelay/policy.sock";
const std::string kRecipient = "check_policy_service { unix:crmrelay/policy.sock, policy_context=recipient, timeout=10s, default_action=DUNNO }";
const std::string kRelay =
    "check_policy_service { unix:crmrelay/policy.sock, policy_context=relay, timeout=10s, { default_action = DEFER_IF_REJECT 4.3.0 [crmrelay:unavailable] } }";
const std::string kGranted =
    "check_policy_service { unix:crmrelay/policy.sock, policy_context=granted, timeout=10s, { default_action = DEFER_IF_REJECT 4.3.0 [crmrelay:unavailable] } }";
const std::string kOurs = kRecipient + ", permit_auth_destination, " + kRelay;

}  // namespace

BOOST_AUTO_TEST_SUITE(postfix_value)

BOOST_AUTO_TEST_CASE(entries_are_written_as_postfix_wants_them) {
    BOOST_TEST(recipient_entry(kSocket) == kRecipient);
    BOOST_TEST(relay_entry(kSocket) == kRelay);
}

BOOST_AUTO_TEST_CASE(splits_items_outside_braces) {
    const struct {
        const char* value;
        std::vector<std::string_view> want_items;
    } cases[] = {
        {"", {}},
        {" , ", {}},
        {"a b,c ,\td", {"a", "b", "c", "d"}},
        {"inet:h:1, { unix:x, a=b, { c = d e } } z", {"inet:h:1", "{ unix:x, a=b, { c = d e } }", "z"}},
        {"inline:{a=b, c=d}, hash:/x", {"inline:{a=b, c=d}", "hash:/x"}},
        {"{ never closed, a", {"{ never closed, a"}},
        {"a } b", {"a", "}", "b"}},
    };
    for (const auto& c : cases) BOOST_TEST(items_of(c.value) == c.want_items, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sees_through_ways_to_write) {
    BOOST_TEST(same_item("{ unix:x, a=b, { c = d e } }", "{unix:x a=b {c=d e}}"));
    BOOST_TEST(!same_item("{ unix:x, a=b }", "{ unix:x, a=c }"));
    BOOST_TEST(!same_item("ab", "a b"));
}

BOOST_AUTO_TEST_CASE(inline_maps_in_all_their_forms) {
    const struct {
        const char* value;
        bool want;   // has "inline:{b.test=lmtp:unix:x}"
    } cases[] = {
        {"inline:{b.test=lmtp:unix:x}", true},
        {"hash:/t, inline:{{b.test = lmtp:unix:x}}", true},
        {"inline:{ {b.test=lmtp:unix:x} }", true},
        {"inline:{ b.test=lmtp:unix:x }", true},
        {"inline:{{B.Test = lmtp:unix:x}}", true},
        {"inline:{a.test=x, {b.test = lmtp:unix:x}}", true},
        {"inline:{{b.test = lmtp:unix:x}, {2bounce@b.test = lmtp:unix:x}} hash:/t", true},
        {"inline:{b.test=lmtp:unix:y}", false},
        {"inline:{{a.b.test = lmtp:unix:x}}", false},
        {"inline:{{lmtp:unix:x = b.test}}", false},
        {"texthash:{{b.test = lmtp:unix:x}}", false},
        {"inline:", false},
    };
    for (const auto& c : cases) {
        BOOST_TEST(has_item(c.value, "inline:{b.test=lmtp:unix:x}") == c.want, c.value);
        if (c.want) BOOST_TEST(with_item(c.value, "inline:{b.test=lmtp:unix:x}") == c.value);
    }
    BOOST_TEST(without_item("hash:/t, inline:{{b.test = x}}", "inline:{b.test=x}") == "hash:/t");
    BOOST_TEST(without_item("inline:{{b.test = x}, c.test=y}", "inline:{b.test=x}") == "inline:{{b.test = x}, c.test=y}");   // somebody's map
}

BOOST_AUTO_TEST_CASE(options_go_again) {
    const struct {
        const char *line, *want;
    } cases[] = {
        {"465 inet n - y - - smtpd -o a=b", "465 inet n - y - - smtpd"},
        {"465 inet n - y - - smtpd -o {a = b} -o c=d", "465 inet n - y - - smtpd -o c=d"},
        {"465 inet n - y - - smtpd -o c=a -v", "465 inet n - y - - smtpd -o c=a -v"},
    };
    for (const auto& c : cases) BOOST_TEST(without_option(c.line, "a") == c.want);
}

BOOST_AUTO_TEST_CASE(appends_once_and_takes_out_again) {
    const struct {
        const char *value, *item, *want;
    } cases[] = {
        {"", "b.test", "b.test"},
        {"a.test", "b.test", "a.test, b.test"},
        {"a.test  $mydestination", "b.test", "a.test  $mydestination, b.test"},
        {"resource, software", "2bounce", "resource, software, 2bounce"},
    };
    for (const auto& c : cases) {
        const auto with = with_item(c.value, c.item);
        BOOST_TEST(with == c.want);
        BOOST_TEST(with_item(with, c.item) == with);
        BOOST_TEST(without_item(with, c.item) == c.value);
    }
    BOOST_TEST(without_item("a, b, c", "b") == "a, c");
    BOOST_TEST(without_item("b", "b") == "");
    BOOST_TEST(without_item("a, bb", "b") == "a, bb");
}

BOOST_AUTO_TEST_CASE(takes_out_a_milter_however_it_is_written) {
    BOOST_TEST(without_service("inet:h:1, { unix:m, default_action=tempfail }", "unix:m") == "inet:h:1");
    BOOST_TEST(without_service("unix:m, inet:h:1", "unix:m") == "inet:h:1");
    BOOST_TEST(without_service("unix:m2", "unix:m") == "unix:m2");
    BOOST_TEST(has_service("{unix:m}", "unix:m"));
}

BOOST_AUTO_TEST_CASE(relay_restrictions) {
    const struct {
        std::string value, want;
    } cases[] = {
        {"", kOurs},
        {"permit_mynetworks permit_sasl_authenticated defer_unauth_destination",
         kOurs + ", permit_mynetworks permit_sasl_authenticated defer_unauth_destination"},
        {"reject_unknown_sender_domain, permit_mynetworks, reject", "reject_unknown_sender_domain, " + kOurs + ", permit_mynetworks, reject"},
        {"reject_rbl_client rbl.test, permit_mynetworks", "reject_rbl_client rbl.test, " + kOurs + ", permit_mynetworks"},
        {"reject_unauth_destination", kOurs + ", reject_unauth_destination"},
        {"check_client_access hash:/x, permit_mynetworks", kOurs + ", check_client_access hash:/x, permit_mynetworks"},
        {"permit_auth_destination, permit_mynetworks", kOurs + ", permit_auth_destination, permit_mynetworks"},
    };
    for (const auto& c : cases) {
        BOOST_TEST(!relay_restrictions_fine(c.value, kSocket));
        const auto with = with_relay_restrictions(c.value, kSocket);
        BOOST_TEST(with == c.want);
        BOOST_TEST(relay_restrictions_fine(with, kSocket));
        BOOST_TEST(with_relay_restrictions(with, kSocket) == with);
        BOOST_TEST(without_policy(with, kSocket) == c.value);
    }
}

BOOST_AUTO_TEST_CASE(relay_restrictions_in_the_wrong_order_are_mended) {
    const struct {
        std::string value;
        bool want_fine;
    } cases[] = {
        {kOurs + ", permit_mynetworks", true},
        {kRecipient + ", permit_auth_destination, permit_mynetworks, " + kRelay, false},
        {"permit_mynetworks, " + kOurs, false},
        {kRelay + ", permit_auth_destination, " + kRecipient, false},
        {kRecipient + ", " + kRelay + ", permit_mynetworks", false},
        {kRecipient + ", permit_auth_destination", false},
        {"check_policy_service { unix:other, policy_context=recipient }, permit_auth_destination, check_policy_service { unix:other, policy_context=relay }",
         false},
        {"check_policy_service {unix:crmrelay/policy.sock policy_context=recipient} permit_auth_destination check_policy_service {unix:crmrelay/policy.sock policy_context=relay}",
         true},
    };
    for (const auto& c : cases) {
        BOOST_TEST(relay_restrictions_fine(c.value, kSocket) == c.want_fine);
        BOOST_TEST(relay_restrictions_fine(with_relay_restrictions(c.value, kSocket), kSocket));
    }
    BOOST_TEST(with_relay_restrictions("permit_mynetworks, " + kOurs, kSocket) == kOurs + ", permit_mynetworks");
}

BOOST_AUTO_TEST_CASE(restrictions_of_a_service) {
    const auto two = kRecipient + ", " + kRelay;
    const struct {
        std::string value, want;
    } cases[] = {
        {"", two},
        {"permit_sasl_authenticated,reject", two + ", permit_sasl_authenticated,reject"},
        {"$mua_relay_restrictions", two + ", $mua_relay_restrictions"},
        {"reject_unknown_sender_domain, permit_sasl_authenticated, reject", "reject_unknown_sender_domain, " + two + ", permit_sasl_authenticated, reject"},
        {"permit_sasl_authenticated, reject_unauth_destination", kOurs + ", permit_sasl_authenticated, reject_unauth_destination"},
    };
    for (const auto& c : cases) {
        BOOST_TEST(!service_restrictions_fine(c.value, kSocket));
        const auto with = with_service_restrictions(c.value, kSocket);
        BOOST_TEST(with == c.want);
        BOOST_TEST(service_restrictions_fine(with, kSocket));
        BOOST_TEST(with_service_restrictions(with, kSocket) == with);
        BOOST_TEST(without_policy(with, kSocket) == c.value);
    }
    BOOST_TEST(!service_restrictions_fine("permit_sasl_authenticated, " + two + ", reject", kSocket));
    BOOST_TEST(with_service_restrictions("permit_sasl_authenticated, " + two + ", reject", kSocket) == two + ", permit_sasl_authenticated, reject");
}

BOOST_AUTO_TEST_CASE(recipient_restrictions) {
    const struct {
        std::string value, want;
    } cases[] = {
        {"", ""},
        {"permit_mynetworks, reject_rbl_client a.test", "permit_mynetworks, reject_rbl_client a.test"},
        {"permit_mynetworks, reject_unauth_destination, reject_rbl_client a.test",
         "permit_mynetworks, " + kGranted + ", reject_unauth_destination, reject_rbl_client a.test"},
        {"defer_unauth_destination", kGranted + ", defer_unauth_destination"},
    };
    for (const auto& c : cases) {
        const auto with = with_recipient_restrictions(c.value, kSocket);
        BOOST_TEST(with == c.want);
        BOOST_TEST(recipient_restrictions_fine(with, kSocket));
        BOOST_TEST(without_policy(with, kSocket) == c.value);
    }
    BOOST_TEST(!recipient_restrictions_fine("reject_unauth_destination, " + kGranted, kSocket));
}

BOOST_AUTO_TEST_CASE(names_what_mail_to_own_recipients_no_longer_reaches) {
    const auto value = with_relay_restrictions(
        "reject_unknown_sender_domain, permit_mynetworks, reject_unauth_destination, check_policy_service unix:private/spf, reject_rbl_client a.test",
        kSocket);
    const std::vector<std::string> want{"check_policy_service", "reject_rbl_client"};
    BOOST_TEST(skipped_restrictions(value) == want, boost::test_tools::per_element());
    BOOST_TEST(skipped_restrictions(kOurs + ", permit_mynetworks, defer_unauth_destination").empty());
}

BOOST_AUTO_TEST_CASE(sets_an_option_of_a_service) {
    const struct {
        const char *line, *name, *value, *want;
    } cases[] = {
        {"25 inet n - y - - smtpd", "a", "b", "25 inet n - y - - smtpd -o a=b"},
        {"25 inet n - y - - smtpd", "a", "b c", "25 inet n - y - - smtpd -o {a=b c}"},
        {"25 inet n - y - - smtpd -o a=b,c -o d=e", "a", "{ x }", "25 inet n - y - - smtpd -o {a={ x }} -o d=e"},
        {"25 inet n - y - - smtpd -o { a = b c } -v", "a", "z", "25 inet n - y - - smtpd -o a=z -v"},
        {"25 inet n - y - - smtpd -o aa=b", "a", "z", "25 inet n - y - - smtpd -o aa=b -o a=z"},
    };
    for (const auto& c : cases) BOOST_TEST(with_option(c.line, c.name, c.value) == c.want);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace crmrelay::ctl
