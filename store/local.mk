# store: remembers; one interface in the domain's words.
noinst_LIBRARIES += store/libstore.a
store_libstore_a_SOURCES = \
	store/activity.cc store/activity.hh \
	store/away.hh \
	store/checkpointer.cc store/checkpointer.hh \
	store/copy.cc store/copy.hh \
	store/events.cc store/events.hh \
	store/figures.cc store/figures.hh \
	store/forget.cc store/forget.hh store/forget_files.cc \
	store/leases.cc store/leases.hh \
	store/location.cc store/location.hh \
	store/logins.cc store/logins.hh \
	store/messages.cc store/messages.hh \
	store/notices.cc store/notices.hh \
	store/outbox.cc store/outbox.hh \
	store/packing.cc store/packing.hh \
	store/probes.cc store/probes.hh \
	store/partitions.cc store/partitions.hh \
	store/postgres_connection.cc store/postgres_connection.hh \
	store/postgres_location.cc store/postgres_location.hh \
	store/postgres_session.cc store/postgres_session.hh \
	store/postgres_text.cc store/postgres_text.hh \
	store/purge.cc store/purge.hh \
	store/records.cc store/records.hh \
	store/refusals.cc store/refusals.hh \
	store/schema.cc store/schema.hh \
	store/session.cc store/session.hh \
	store/session_pool.cc store/session_pool.hh \
	store/soft_failures.cc store/soft_failures.hh \
	store/spf.cc store/spf.hh \
	store/sqlite_session.cc store/sqlite_session.hh \
	store/standings.cc store/standings.hh \
	store/statement.hh \
	store/store.cc store/store.hh \
	store/tallies.cc store/tallies.hh \
	store/write_meter.hh \
	store/write_session.cc store/write_session.hh \
	store/writer.cc store/writer.hh
STORE_LIBS = store/libstore.a $(SOCI_LIBS) $(SQLITE_LIBS) $(PQ_LIBS) $(BASE_LIBS)
