check_PROGRAMS += tests/bounce/unit_bounce
tests_bounce_unit_bounce_SOURCES = \
	tests/bounce/address_test.cc \
	tests/bounce/charset_test.cc \
	tests/bounce/codes_test.cc \
	tests/bounce/content_type_test.cc \
	tests/bounce/correlate_test.cc \
	tests/bounce/fixtures.hh \
	tests/bounce/header_test.cc \
	tests/bounce/hostile_test.cc \
	tests/bounce/judge_test.cc \
	tests/bounce/kind_test.cc \
	tests/bounce/lmtp_server_test.cc \
	tests/bounce/lmtp_session_test.cc \
	tests/bounce/main.cc \
	tests/bounce/mime_test.cc \
	tests/bounce/notice_test.cc \
	tests/bounce/reading_test.cc \
	tests/bounce/replace_address_test.cc \
	tests/bounce/replies_test.cc \
	tests/bounce/reply_test.cc \
	tests/bounce/report_test.cc \
	tests/bounce/rewrite_test.cc \
	tests/bounce/shapes.hh \
	tests/bounce/transfer_test.cc
tests_bounce_unit_bounce_CPPFLAGS = $(AM_CPPFLAGS) -DBOOST_TEST_DYN_LINK -DCRMRELAY_SRCDIR='"$(abs_srcdir)"'
tests_bounce_unit_bounce_LDADD = $(LMTP_LIBS) $(BASE_LIBS) $(BOOST_TEST_LIBS)
TESTS += tests/bounce/unit_bounce

check_PROGRAMS += tests/bounce/gmime_test
tests_bounce_gmime_test_SOURCES = tests/bounce/gmime_test.cc
tests_bounce_gmime_test_CPPFLAGS = $(AM_CPPFLAGS) $(GMIME_CFLAGS)
tests_bounce_gmime_test_LDADD = bounce/libbounce.a $(BASE_LIBS) $(GMIME_LIBS)
TESTS += tests/bounce/gmime_test

check_PROGRAMS += tests/bounce/hostile_work
tests_bounce_hostile_work_SOURCES = tests/bounce/hostile_work.cc tests/bounce/shapes.hh
tests_bounce_hostile_work_LDADD = bounce/libbounce.a $(BASE_LIBS)
dist_check_SCRIPTS += tests/bounce/hostile_work.sh
TESTS += tests/bounce/hostile_work.sh

EXTRA_DIST += \
	tests/bounce/fixtures/amazon-sns.eml \
	tests/bounce/fixtures/arf.eml \
	tests/bounce/fixtures/au.eml \
	tests/bounce/fixtures/biglobe.eml \
	tests/bounce/fixtures/courier.eml \
	tests/bounce/fixtures/damaged-boundary.eml \
	tests/bounce/fixtures/docomo.eml \
	tests/bounce/fixtures/dragonfly.eml \
	tests/bounce/fixtures/exchange-365.eml \
	tests/bounce/fixtures/exchange-5.5.eml \
	tests/bounce/fixtures/exim-warning.eml \
	tests/bounce/fixtures/exim.eml \
	tests/bounce/fixtures/expected.txt \
	tests/bounce/fixtures/general.eml \
	tests/bounce/fixtures/generated.eml \
	tests/bounce/fixtures/gmail.eml \
	tests/bounce/fixtures/gmx.eml \
	tests/bounce/fixtures/google-groups.eml \
	tests/bounce/fixtures/html-only.eml \
	tests/bounce/fixtures/imail.eml \
	tests/bounce/fixtures/interscan.eml \
	tests/bounce/fixtures/james.eml \
	tests/bounce/fixtures/japanese-notice.eml \
	tests/bounce/fixtures/jmrp.eml \
	tests/bounce/fixtures/kddi.eml \
	tests/bounce/fixtures/m-filter.eml \
	tests/bounce/fixtures/mailmarshal.eml \
	tests/bounce/fixtures/messaging-server.eml \
	tests/bounce/fixtures/nested.eml \
	tests/bounce/fixtures/newsletter.eml \
	tests/bounce/fixtures/notes.eml \
	tests/bounce/fixtures/opensmtpd.eml \
	tests/bounce/fixtures/out-of-office-japanese.eml \
	tests/bounce/fixtures/out-of-office.eml \
	tests/bounce/fixtures/person.eml \
	tests/bounce/fixtures/postfix-smtpd.eml \
	tests/bounce/fixtures/postfix-text.eml \
	tests/bounce/fixtures/postfix.eml \
	tests/bounce/fixtures/powermta.eml \
	tests/bounce/fixtures/qmail.eml \
	tests/bounce/fixtures/read-receipt.eml \
	tests/bounce/fixtures/rfc6533.eml \
	tests/bounce/fixtures/sendmail-5.eml \
	tests/bounce/fixtures/sendmail-8.eml \
	tests/bounce/fixtures/sendmail-text-only.eml \
	tests/bounce/fixtures/several.eml \
	tests/bounce/fixtures/success.eml \
	tests/bounce/fixtures/x6.eml \
	tests/bounce/fixtures/yahoo.eml \
	tests/bounce/fixtures/zoho.eml
