// SPDX-License-Identifier: BSD-2-Clause
//
// Tests of policy/policy_protocol.cc.
#include "policy/policy_protocol.hh"

#include <boost/test/unit_test.hpp>

using namespace crmrelay::policy;

BOOST_AUTO_TEST_SUITE(policy_protocol)

BOOST_AUTO_TEST_CASE(a_whole_request) {
    const std::string text =
        "request=smtpd_access_policy\nprotocol_state=RCPT\npolicy_context=relay\nclient_address=192.0.2.10\nclient_port=4000\nsasl_username=crm@example.com\n"
        "encryption_protocol=TLSv1.3\nsender=a=b@crm.test\nrecipient=c@dest.test\nserver_address=192.0.2.1\nserver_port=10587\nsomething_new=x\n\n";
    BOOST_TEST(request_end(text + "request=") == text.size());
    BOOST_TEST(request_end(text.substr(0, text.size() - 1)) == std::string::npos);
    const auto request = parse_policy_request(text);
    BOOST_REQUIRE(request.ok());
    BOOST_TEST((request->context == PolicyRequest::Context::relay));
    BOOST_TEST(request->at_rcpt);
    BOOST_TEST(request->has_client);
    BOOST_TEST(request->session.client.text() == "192.0.2.10");
    BOOST_TEST(request->session.port == 4000);
    BOOST_TEST(request->session.login == "crm@example.com");
    BOOST_TEST(request->session.tls == "TLSv1.3");
    BOOST_TEST(request->sender == "a=b@crm.test");
    BOOST_TEST(request->recipient == "c@dest.test");
    BOOST_TEST(request->server_port == "10587");
    BOOST_TEST(request->session.service == 10587);
    BOOST_TEST(request->session.server.text() == "192.0.2.1");
    BOOST_TEST(request->session.fingerprint == "");
    BOOST_TEST(request->session.subject == "");
    BOOST_TEST(request->session.spf.empty());
}

BOOST_AUTO_TEST_CASE(odd_requests) {
    struct {
        const char* text;
        bool want_ok, want_client, want_rcpt;
    } const rows[] = {
        {"\n", false, false, false},
        {"request=smtpd_access_policy\n\n", true, false, false},
        {"request=smtpd_access_policy\nclient_address=unknown\n\n", true, false, false},
        {"request=smtpd_access_policy\nclient_address=::1\nprotocol_state=RCPT\n\n", true, true, true},
        {"request=smtpd_access_policy\nprotocol_state=DATA\n\n", true, false, false},
        {"request=other\n\n", false, false, false},
        {"GET / HTTP/1.1\n\n", false, false, false},
        {"request=smtpd_access_policy\nno equals sign\n\n", false, false, false},
    };
    for (const auto& row : rows) {
        const auto request = parse_policy_request(row.text);
        BOOST_TEST_CONTEXT(row.text) {
            BOOST_TEST(request.ok() == row.want_ok);
            if (!request.ok()) continue;
            BOOST_TEST(request->has_client == row.want_client);
            BOOST_TEST(request->at_rcpt == row.want_rcpt);
        }
    }
    const auto wrapped = parse_policy_request("request=smtpd_access_policy\nclient_port=65537\n\n");
    BOOST_TEST(wrapped->session.port == 0);   // never a port that is somebody else's
}

BOOST_AUTO_TEST_CASE(certificates) {
    struct {
        const char* what;
        const char* attributes;
        const char *want_fingerprint, *want_subject;
    } const rows[] = {
        {"without TLS", "ccert_subject=\nccert_issuer=\nccert_fingerprint=\n", "", ""},
        {"self-signed: only the fingerprints", "ccert_subject=\nccert_issuer=\nccert_fingerprint=AB:CD:01\nccert_pubkey_fingerprint=FF:FF\n", "AB:CD:01", ""},
        {"in lower case", "ccert_fingerprint=ab:cd:0f\n", "AB:CD:0F", ""},
        {"verified", "ccert_subject=crm.example.com\nccert_issuer=Some+20CA\nccert_fingerprint=AB:CD\n", "AB:CD", "crm.example.com"},
        {"encoded", "ccert_subject=CRM+20Example+2B1\n", "", "CRM Example+1"},
        {"encoded in lower case", "ccert_subject=a+3db+2bc\n", "", "a=b+c"},
        {"encoded UTF-8", "ccert_subject=b+C3+BCcher\n", "", "b\xc3\xbc" "cher"},
        {"decoded once", "ccert_subject=a+2B41\n", "", "a+41"},
        {"no xtext", "ccert_subject=a+b+\n", "", "a+b+"},
        {"half of a code at the end", "ccert_subject=a+4\n", "", "a+4"},
        {"not hexadecimal", "ccert_subject=a+G1+1G\n", "", "a+G1+1G"},
        {"blanks around it", "ccert_subject=+20crm.example.com+20\n", "", "crm.example.com"},
        {"nothing but blanks", "ccert_subject=+20+09\n", "", ""},
    };
    for (const auto& row : rows) {
        const auto request = parse_policy_request(std::string("request=smtpd_access_policy\nencryption_protocol=TLSv1.3\n") + row.attributes + "\n");
        BOOST_TEST_CONTEXT(row.what) {
            BOOST_REQUIRE(request.ok());
            BOOST_TEST(request->session.fingerprint == row.want_fingerprint);
            BOOST_TEST(request->session.subject == row.want_subject);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
