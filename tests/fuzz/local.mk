# Fuzz targets: with --enable-fuzz libFuzzer programs; without, programs that replay the corpora, in `make check`.
FUZZ_REPLAYED = tests/fuzz/report_fuzz tests/fuzz/mime_fuzz tests/fuzz/lmtp_fuzz tests/fuzz/from_fuzz tests/fuzz/policy_fuzz tests/fuzz/admission_fuzz \
	tests/fuzz/auth_fuzz tests/fuzz/reading_fuzz tests/fuzz/notice_fuzz
EXTRA_PROGRAMS += $(FUZZ_REPLAYED)
if FUZZ
FUZZ_MAIN =
else
FUZZ_MAIN = tests/fuzz/replay.cc
check_PROGRAMS += $(FUZZ_REPLAYED)
TESTS += tests/fuzz/replay.sh
endif
dist_check_SCRIPTS += tests/fuzz/replay.sh
EXTRA_DIST += tests/fuzz/notice.dict tests/fuzz/reading.dict

tests_fuzz_report_fuzz_SOURCES = tests/fuzz/report_fuzz.cc $(FUZZ_MAIN)
tests_fuzz_report_fuzz_LDADD = bounce/libbounce.a $(BASE_LIBS)
tests_fuzz_report_fuzz_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_mime_fuzz_SOURCES = tests/fuzz/mime_fuzz.cc $(FUZZ_MAIN)
tests_fuzz_mime_fuzz_LDADD = bounce/libbounce.a $(BASE_LIBS)
tests_fuzz_mime_fuzz_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_lmtp_fuzz_SOURCES = tests/fuzz/lmtp_fuzz.cc $(FUZZ_MAIN)
tests_fuzz_lmtp_fuzz_LDADD = bounce/libbounce.a $(BASE_LIBS)
tests_fuzz_lmtp_fuzz_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_from_fuzz_SOURCES = tests/fuzz/from_fuzz.cc $(FUZZ_MAIN)
tests_fuzz_from_fuzz_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
tests_fuzz_from_fuzz_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_policy_fuzz_SOURCES = tests/fuzz/policy_fuzz.cc $(FUZZ_MAIN)
tests_fuzz_policy_fuzz_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
tests_fuzz_policy_fuzz_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_admission_fuzz_SOURCES = tests/fuzz/admission_fuzz.cc $(FUZZ_MAIN)
tests_fuzz_admission_fuzz_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
tests_fuzz_admission_fuzz_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_auth_fuzz_SOURCES = tests/fuzz/auth_fuzz.cc $(FUZZ_MAIN)
tests_fuzz_auth_fuzz_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
tests_fuzz_auth_fuzz_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_reading_fuzz_SOURCES = tests/fuzz/reading_fuzz.cc $(FUZZ_MAIN)
tests_fuzz_reading_fuzz_LDADD = bounce/libbounce.a $(BASE_LIBS)
tests_fuzz_reading_fuzz_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_notice_fuzz_SOURCES = tests/fuzz/notice_fuzz.cc $(FUZZ_MAIN)
tests_fuzz_notice_fuzz_LDADD = bounce/libbounce.a $(BASE_LIBS)
tests_fuzz_notice_fuzz_LDFLAGS = $(FUZZ_LDFLAGS)
