check_PROGRAMS += tests/bounce/unit_bounce
tests_bounce_unit_bounce_SOURCES = \
	tests/bounce/address_test.cc \
	tests/bounce/content_type_test.cc \
	tests/bounce/correlate_test.cc \
	tests/bounce/fixtures.hh \
	tests/bounce/header_test.cc \
	tests/bounce/kind_test.cc \
	tests/bounce/lmtp_server_test.cc \
	tests/bounce/lmtp_session_test.cc \
	tests/bounce/main.cc \
	tests/bounce/mime_test.cc \
	tests/bounce/replace_address_test.cc \
	tests/bounce/reply_test.cc \
	tests/bounce/report_test.cc \
	tests/bounce/rewrite_test.cc \
	tests/bounce/transfer_test.cc
tests_bounce_unit_bounce_CPPFLAGS = $(AM_CPPFLAGS) -DBOOST_TEST_DYN_LINK
tests_bounce_unit_bounce_LDADD = bounce/libbounce.a $(BASE_LIBS) $(BOOST_TEST_LIBS)
TESTS += tests/bounce/unit_bounce
