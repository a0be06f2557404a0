# tests/conf: the unit tests of conf.
check_PROGRAMS += tests/conf/unit_conf
TESTS += tests/conf/unit_conf
tests_conf_unit_conf_SOURCES = \
	tests/conf/main.cc \
	tests/conf/assemble_test.cc \
	tests/conf/check.hh \
	tests/conf/config_test.cc \
	tests/conf/evidence_reader_test.cc \
	tests/conf/loader_files_test.cc \
	tests/conf/loader_problems_test.cc \
	tests/conf/loader_test.cc \
	tests/conf/names_test.cc \
	tests/conf/notice_reader_test.cc \
	tests/conf/preset_test.cc \
	tests/conf/secrets_test.cc \
	tests/conf/sending_reader_test.cc \
	tests/conf/suspend_reader_test.cc \
	tests/conf/table_test.cc \
	tests/conf/webhook_reader_test.cc
tests_conf_unit_conf_CPPFLAGS = $(AM_CPPFLAGS) -DBOOST_TEST_DYN_LINK -DCRMRELAY_SRCDIR='"$(abs_srcdir)"'
tests_conf_unit_conf_LDADD = $(CONF_LIBS) $(BOOST_TEST_LIBS)
