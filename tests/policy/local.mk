# Unit tests of policy/.
check_PROGRAMS += tests/policy/unit_policy
tests_policy_unit_policy_SOURCES = \
	tests/policy/admission_test.cc \
	tests/policy/auth_desk_test.cc \
	tests/policy/auth_failures_test.cc \
	tests/policy/auth_protocol_test.cc \
	tests/policy/auth_server_test.cc \
	tests/policy/bounce_verdict_test.cc \
	tests/policy/desk_test.cc \
	tests/policy/evidence_test.cc \
	tests/policy/from_test.cc \
	tests/policy/hash_pool_test.cc \
	tests/policy/login_times_test.cc tests/store/sqlite_only.cc \
	tests/policy/logins_test.cc \
	tests/policy/main.cc \
	tests/policy/matrix_test.cc \
	tests/policy/message_verdict_test.cc \
	tests/policy/policy_protocol_test.cc \
	tests/policy/password_test.cc \
	tests/policy/remembered_test.cc \
	tests/policy/reply_test.cc \
	tests/policy/rules_for_tests.hh \
	tests/policy/rules_test.cc \
	tests/policy/running_auth.hh \
	tests/policy/running_desk.hh \
	tests/policy/server_test.cc \
	tests/policy/session_verdict_test.cc \
	tests/policy/sessions_test.cc \
	tests/policy/spf_answers_test.cc \
	tests/policy/spf_networks_test.cc \
	tests/policy/spf_record_test.cc \
	tests/policy/standings_test.cc \
	tests/policy/strikes_test.cc \
	tests/policy/token_test.cc \
	tests/policy/usage_test.cc
tests_policy_unit_policy_CPPFLAGS = $(AM_CPPFLAGS) -DBOOST_TEST_DYN_LINK
tests_policy_unit_policy_LDADD = $(POLICYD_LIBS) $(BOOST_TEST_LIBS)
TESTS += tests/policy/unit_policy

# Networks that follow an SPF record, against the lab's DNS server.
check_PROGRAMS += tests/policy/spf_driver
tests_policy_spf_driver_SOURCES = tests/policy/spf_driver.cc
tests_policy_spf_driver_LDADD = $(POLICYD_LIBS)
dist_check_SCRIPTS += tests/policy/spf_dns_test.py
TESTS += tests/policy/spf_dns_test.py
