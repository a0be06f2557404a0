# tests/milter: the milter room's units, and the real milter over its socket beside a stand-in for policyd.
check_PROGRAMS += tests/milter/unit_milter
TESTS += tests/milter/unit_milter
tests_milter_unit_milter_SOURCES = \
	tests/bench/milter_wire.hh \
	tests/milter/admission_client_test.cc \
	tests/milter/content_test.cc \
	tests/milter/dkim_fixture.hh \
	tests/milter/dkim_keys_test.cc \
	tests/milter/dkim_test.cc \
	tests/milter/fake_policyd.hh \
	tests/milter/filter_test.cc \
	tests/milter/key_lookup_test.cc \
	tests/milter/main.cc \
	tests/milter/message_test.cc \
	tests/milter/negotiate_test.cc \
	tests/milter/probe_test.cc \
	tests/milter/protocol_dkim_test.cc \
	tests/milter/protocol_test.cc \
	tests/milter/real_milter.hh \
	tests/milter/reply_test.cc \
	tests/milter/signed_names_test.cc
tests_milter_unit_milter_CPPFLAGS = $(AM_CPPFLAGS) -DBOOST_TEST_DYN_LINK
tests_milter_unit_milter_LDADD = $(MILTERROOM_LIBS) $(BOOST_TEST_LIBS)
EXTRA_tests_milter_unit_milter_DEPENDENCIES = milter/crmrelay-milter
