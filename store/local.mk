# store: remembers; one interface in the domain's words.
noinst_LIBRARIES += store/libstore.a
store_libstore_a_SOURCES = \
	store/checkpointer.cc store/checkpointer.hh \
	store/events.cc store/events.hh \
	store/forget.cc store/forget.hh store/forget_files.cc \
	store/location.cc store/location.hh \
	store/messages.cc store/messages.hh \
	store/outbox.cc store/outbox.hh \
	store/packing.cc store/packing.hh \
	store/purge.cc store/purge.hh \
	store/records.cc store/records.hh \
	store/schema.cc store/schema.hh \
	store/session.cc store/session.hh \
	store/session_pool.cc store/session_pool.hh \
	store/spf.cc store/spf.hh \
	store/standings.cc store/standings.hh \
	store/statement.hh \
	store/store.cc store/store.hh \
	store/tallies.cc store/tallies.hh \
	store/write_meter.hh \
	store/write_session.cc store/write_session.hh \
	store/writer.cc store/writer.hh
STORE_LIBS = store/libstore.a $(SOCI_LIBS) $(SQLITE_LIBS) $(BASE_LIBS)
