check_PROGRAMS += tests/store/unit_store
TESTS += tests/store/unit_store
tests_store_unit_store_SOURCES = \
	tests/store/main.cc tests/store/fixture.hh tests/store/sqlite_only.cc tests/store/postgres_server.hh \
	tests/store/activity_test.cc \
	tests/store/checkpointer_test.cc \
	tests/store/events_test.cc \
	tests/store/figures_test.cc \
	tests/store/faults_test.cc \
	tests/store/forget_test.cc \
	tests/store/location_test.cc \
	tests/store/logins_test.cc \
	tests/store/messages_test.cc \
	tests/store/notices_test.cc \
	tests/store/outbox_test.cc \
	tests/store/packing_test.cc \
	tests/store/processes_test.cc \
	tests/store/purge_test.cc \
	tests/store/postgres_location_test.cc \
	tests/store/postgres_text_test.cc \
	tests/store/records_test.cc \
	tests/store/refusals_test.cc \
	tests/store/schema_test.cc \
	tests/store/session_pool_test.cc \
	tests/store/session_test.cc \
	tests/store/soft_failures_test.cc \
	tests/store/spf_test.cc \
	tests/store/standings_test.cc \
	tests/store/store_test.cc \
	tests/store/tallies_test.cc \
	tests/store/writer_test.cc
tests_store_unit_store_CPPFLAGS = $(AM_CPPFLAGS) -DBOOST_TEST_DYN_LINK
tests_store_unit_store_LDADD = $(STORE_LIBS) $(BOOST_TEST_LIBS)

# What holds for both databases, and PostgreSQL's own.
check_PROGRAMS += tests/store/unit_postgres
TESTS += tests/store/unit_postgres
tests_store_unit_postgres_SOURCES = \
	tests/store/postgres_main.cc tests/store/fixture.hh tests/store/postgres_server.cc tests/store/postgres_server.hh \
	tests/store/copy_test.cc \
	tests/store/events_test.cc \
	tests/store/leases_test.cc \
	tests/store/messages_test.cc \
	tests/store/outbox_test.cc \
	tests/store/partitions_test.cc \
	tests/store/postgres_faults_test.cc \
	tests/store/postgres_session_test.cc \
	tests/store/processes_test.cc \
	tests/store/spf_test.cc \
	tests/store/standings_test.cc \
	tests/store/store_test.cc \
	tests/store/tallies_test.cc \
	tests/store/writer_test.cc
tests_store_unit_postgres_CPPFLAGS = $(AM_CPPFLAGS) -DBOOST_TEST_DYN_LINK
tests_store_unit_postgres_LDADD = $(STORE_LIBS) $(BOOST_TEST_LIBS)
