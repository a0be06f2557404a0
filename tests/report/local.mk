check_PROGRAMS += tests/report/unit_report
tests_report_unit_report_SOURCES = \
	tests/report/backoff_test.cc \
	tests/report/digests_test.cc \
	tests/report/blame_test.cc \
	tests/report/double_bounce_test.cc \
	tests/report/fixtures.hh \
	tests/report/http_client_test.cc \
	tests/report/http_server.hh \
	tests/report/injection_test.cc \
	tests/report/intake_fixture.hh \
	tests/report/intake_test.cc \
	tests/report/lane_test.cc \
	tests/report/mail_test.cc \
	tests/report/mailbox_test.cc \
	tests/report/main.cc \
	tests/report/notice_test.cc \
	tests/report/notice_texts_test.cc \
	tests/report/outbox_test.cc \
	tests/report/smtp_server.hh \
	tests/report/soft_failures_test.cc \
	tests/report/submit_test.cc \
	tests/report/webhook_test.cc \
	tests/report/wrap_test.cc
tests_report_unit_report_CPPFLAGS = $(AM_CPPFLAGS) -DBOOST_TEST_DYN_LINK -DCRMRELAY_BUILDDIR='"$(abs_top_builddir)"'
tests_report_unit_report_LDADD = $(POLICYD_LIBS) $(REPORT_LIBS) $(BOOST_TEST_LIBS)
TESTS += tests/report/unit_report
