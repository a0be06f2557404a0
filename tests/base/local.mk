# tests/base: the unit tests of base.
check_PROGRAMS += tests/base/unit_base
TESTS += tests/base/unit_base
tests_base_unit_base_SOURCES = \
	tests/base/main.cc \
	tests/base/child.hh \
	tests/base/clock_test.cc \
	tests/base/crypto_test.cc \
	tests/base/daemon_test.cc \
	tests/base/dns_message_test.cc \
	tests/base/dns_query_test.cc \
	tests/base/dns_server.hh \
	tests/base/endpoint_test.cc \
	tests/base/folder.hh \
	tests/base/guarded_test.cc \
	tests/base/ip_test.cc \
	tests/base/log_test.cc \
	tests/base/metrics_server_test.cc \
	tests/base/metrics_test.cc \
	tests/base/prefix_order_test.cc tests/base/prefix_table_test.cc \
	tests/base/public_suffix_test.cc \
	tests/base/result_test.cc \
	tests/base/search_tree_test.cc \
	tests/base/text_test.cc \
	tests/base/timezone_test.cc \
	tests/base/translation_test.cc \
	tests/base/watchdog_test.cc
tests_base_unit_base_CPPFLAGS = $(AM_CPPFLAGS) -DBOOST_TEST_DYN_LINK
tests_base_unit_base_LDADD = $(BASE_LIBS) $(BOOST_TEST_LIBS)
