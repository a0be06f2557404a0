# Unit tests of policy/.
check_PROGRAMS += tests/policy/unit_policy
tests_policy_unit_policy_SOURCES = \
	tests/policy/admission_test.cc \
	tests/policy/bounce_verdict_test.cc \
	tests/policy/desk_test.cc \
	tests/policy/from_test.cc \
	tests/policy/main.cc \
	tests/policy/message_verdict_test.cc \
	tests/policy/policy_protocol_test.cc \
	tests/policy/reply_test.cc \
	tests/policy/rules_for_tests.hh \
	tests/policy/running_desk.hh \
	tests/policy/server_test.cc \
	tests/policy/session_verdict_test.cc \
	tests/policy/sessions_test.cc \
	tests/policy/token_test.cc
tests_policy_unit_policy_CPPFLAGS = $(AM_CPPFLAGS) -DBOOST_TEST_DYN_LINK
tests_policy_unit_policy_LDADD = policy/libpolicyd.a $(POLICY_LIBS) $(STORE_LIBS) $(CONF_LIBS) $(BOOST_TEST_LIBS)
TESTS += tests/policy/unit_policy
